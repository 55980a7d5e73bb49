mock_provider "aws" {
  source = "../../testing"
}

mock_provider "aws" {
  alias  = "us_east_1"
  source = "../../testing"
}

variables {
  domain_name = "tasks.example.com"
}

run "a_name_with_a_certificate" {
  assert {
    condition     = aws_acm_certificate.web.domain_name == "tasks.example.com" && aws_acm_certificate.web.validation_method == "DNS"
    error_message = "The certificate renews itself."
  }

  assert {
    condition     = contains(aws_route53_record.caa.records, "0 issue \"amazon.com\"")
    error_message = "Only Amazon issues certificates for the name."
  }

  assert {
    condition     = length(aws_route53_record.web) == 0 && length(aws_cloudfront_distribution.assets) == 0 && output.assets_url == null
    error_message = "No record before there is a load balancer, no CloudFront unasked."
  }
}

run "a_record_for_the_load_balancer" {
  variables {
    load_balancer = { dns_name = "k8s-taskwire-1.us-east-1.elb.amazonaws.com", zone_id = "Z35SXDOTRQ7X7K" }
  }

  assert {
    condition     = aws_route53_record.web["A"].alias[0].name == "k8s-taskwire-1.us-east-1.elb.amazonaws.com" && aws_route53_record.web["AAAA"].alias[0].evaluate_target_health
    error_message = "Both address families lead to the load balancer."
  }
}

run "assets_near_the_reader" {
  variables {
    has_cdn = true
  }

  assert {
    condition     = aws_cloudfront_distribution.assets[0].default_cache_behavior[0].viewer_protocol_policy == "https-only" && aws_cloudfront_distribution.assets[0].viewer_certificate[0].minimum_protocol_version == "TLSv1.2_2021"
    error_message = "Modern TLS only."
  }

  assert {
    condition     = one(aws_cloudfront_distribution.assets[0].origin).custom_origin_config[0].origin_protocol_policy == "https-only"
    error_message = "The way to the origin is encrypted too."
  }

  assert {
    condition     = toset(aws_cloudfront_distribution.assets[0].default_cache_behavior[0].allowed_methods) == toset(["GET", "HEAD"])
    error_message = "Files are read, nothing is written."
  }
}

run "refuses_bad_values" {
  command = plan
  variables {
    domain_name   = "Tasks"
    load_balancer = { dns_name = "example.com", zone_id = "x" }
  }
  expect_failures = [var.domain_name, var.load_balancer]
}
