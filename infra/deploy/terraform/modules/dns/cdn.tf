# The built client's files carry a hash in their names, so copies near the reader never go stale.
# Only they pass here: the API and its websockets go straight to the load balancer.

locals {
  assets_name = "assets.${var.domain_name}"

  # Policies that AWS keeps; their ids are the same in every account.
  caching_optimized_policy_id = "658327ea-f89d-4fab-a63d-7e88639e58f6"
  cors_and_security_policy_id = "e61eb60c-9c35-4d20-a928-2b84e02af89c"
}

resource "aws_cloudfront_distribution" "assets" {
  #checkov:skip=CKV2_AWS_32:It has one, by the id of a policy that AWS keeps, which the rule does not see
  #checkov:skip=CKV_AWS_68:Static files of a public client need no web firewall
  #checkov:skip=CKV2_AWS_47:Static files of a public client need no web firewall
  #checkov:skip=CKV_AWS_86:Reads of public files are not worth a log; the metrics say how many
  #checkov:skip=CKV_AWS_305:A folder of assets has no page of its own
  #checkov:skip=CKV_AWS_310:The one origin is the load balancer, which spans the zones itself
  #checkov:skip=CKV_AWS_374:A task board is used from everywhere
  count = var.has_cdn ? 1 : 0

  enabled         = true
  comment         = "Assets of ${var.domain_name}"
  aliases         = [local.assets_name]
  http_version    = "http2and3"
  is_ipv6_enabled = true
  # North America and Europe, the cheapest class.
  price_class = "PriceClass_100"

  origin {
    origin_id   = "web"
    domain_name = var.domain_name

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  # No cookies and no query reach the origin, so nothing private can be asked for, or kept, here.
  default_cache_behavior {
    target_origin_id           = "web"
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    viewer_protocol_policy     = "https-only"
    compress                   = true
    cache_policy_id            = local.caching_optimized_policy_id
    response_headers_policy_id = local.cors_and_security_policy_id
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    acm_certificate_arn      = aws_acm_certificate_validation.assets[0].certificate_arn
    minimum_protocol_version = "TLSv1.2_2021"
    ssl_support_method       = "sni-only"
  }
}

resource "aws_route53_record" "assets" {
  for_each = var.has_cdn ? toset(["A", "AAAA"]) : toset([])

  zone_id = aws_route53_zone.this.zone_id
  name    = local.assets_name
  type    = each.key

  alias {
    name                   = aws_cloudfront_distribution.assets[0].domain_name
    zone_id                = aws_cloudfront_distribution.assets[0].hosted_zone_id
    evaluate_target_health = false
  }
}
