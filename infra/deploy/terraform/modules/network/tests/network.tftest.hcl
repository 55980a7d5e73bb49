mock_provider "aws" {
  source = "../../testing"
}

variables {
  name        = "taskwire-test"
  region      = "us-east-1"
  account_id  = "111122223333"
  cidr        = "10.40.0.0/16"
  zones       = ["us-east-1a", "us-east-1b", "us-east-1c"]
  log_key_arn = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000001"
}

run "subnets_and_walls" {
  assert {
    condition     = length(aws_subnet.private) == 3 && length(aws_subnet.public) == 3 && length(aws_subnet.database) == 3
    error_message = "Each kind of subnet exists in each of the three zones."
  }

  assert {
    condition = length(distinct([
      for subnet in concat(values(aws_subnet.private), values(aws_subnet.public), values(aws_subnet.database)) : subnet.cidr_block
    ])) == 9
    error_message = "The subnets' ranges differ."
  }

  assert {
    condition = toset([
      for subnet in values(aws_subnet.private) : subnet.cidr_block
    ]) == toset(["10.40.0.0/20", "10.40.16.0/20", "10.40.32.0/20"])
    error_message = "The nodes' subnets are the first three /20."
  }

  assert {
    condition     = alltrue([for subnet in values(aws_subnet.public) : !subnet.map_public_ip_on_launch])
    error_message = "No machine gets a public address unasked."
  }

  assert {
    condition = alltrue([
      for rule in [aws_vpc_security_group_ingress_rule.https] : rule.from_port == 443 && rule.to_port == 443
    ])
    error_message = "Only 443 is open to the world."
  }

  assert {
    condition = alltrue([
      for rule in concat(
        values(aws_vpc_security_group_ingress_rule.data_from_workloads),
        [aws_vpc_security_group_ingress_rule.web_from_load_balancer],
      ) : rule.cidr_ipv4 == null && rule.referenced_security_group_id != null
    ])
    error_message = "Data services and pods accept security groups, never address ranges."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.endpoints_https.cidr_ipv4 == var.cidr
    error_message = "Endpoints answer inside the VPC only."
  }

  assert {
    condition     = length(aws_default_security_group.closed.ingress) == 0 && length(aws_default_security_group.closed.egress) == 0
    error_message = "The default security group is closed."
  }

  assert {
    condition = alltrue([
      for rule in concat(tolist(aws_network_acl.this["database"].ingress), tolist(aws_network_acl.this["database"].egress)) : rule.cidr_block == var.cidr
    ])
    error_message = "The database subnets talk to the VPC only."
  }

  assert {
    condition = alltrue([
      for rule in aws_network_acl.this["public"].ingress : rule.cidr_block != "0.0.0.0/0" || rule.from_port == 443 || rule.from_port == 1024
    ])
    error_message = "The public subnets take HTTPS and answers from outside."
  }

  assert {
    condition     = aws_flow_log.this.traffic_type == "ALL" && aws_cloudwatch_log_group.flow_logs.kms_key_id == var.log_key_arn
    error_message = "All flows are logged, encrypted."
  }
}

run "one_nat_gateway_by_default" {
  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_route.nat) == 3
    error_message = "One gateway serves the three zones."
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) == 0 && aws_vpc_endpoint.s3.vpc_endpoint_type == "Gateway"
    error_message = "Only the free endpoint exists unless others are asked for."
  }
}

run "a_nat_gateway_in_each_zone" {
  variables {
    has_nat_per_zone    = true
    interface_endpoints = ["ecr.api", "secretsmanager"]
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 3
    error_message = "Each zone has its own gateway."
  }

  assert {
    condition     = alltrue([for endpoint in values(aws_vpc_endpoint.interface) : endpoint.private_dns_enabled]) && length(aws_vpc_endpoint.interface) == 2
    error_message = "The asked endpoints exist, under the services' own names."
  }
}

run "refuses_two_zones" {
  command = plan
  variables {
    zones = ["us-east-1a", "us-east-1b"]
  }
  expect_failures = [var.zones]
}

run "refuses_a_small_range" {
  command = plan
  variables {
    cidr = "10.40.0.0/24"
  }
  expect_failures = [var.cidr]
}

run "refuses_other_bad_values" {
  command = plan
  variables {
    name               = "Taskwire_Prod"
    account_id         = "123"
    region             = "mars"
    web_port           = 80
    log_retention_days = 31
    flow_log_traffic   = "SOME"
    log_key_arn        = "key"
  }
  expect_failures = [
    var.name, var.account_id, var.region, var.web_port, var.log_retention_days, var.flow_log_traffic, var.log_key_arn,
  ]
}
