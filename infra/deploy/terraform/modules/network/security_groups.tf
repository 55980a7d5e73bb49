locals {
  # Who listens where; only the workloads may connect.
  port_by_data_service = {
    database  = 5432
    cache     = 6379
    messaging = 9098
  }
}

resource "aws_security_group" "load_balancer" {
  #checkov:skip=CKV2_AWS_5:The load balancer controller attaches it, by the Ingress annotation
  name        = "${var.name}-load-balancer"
  description = "The public load balancer: HTTPS from anywhere"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-load-balancer" }
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  security_group_id = aws_security_group.load_balancer.id
  description       = "HTTPS from anywhere"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "load_balancer_to_web" {
  security_group_id            = aws_security_group.load_balancer.id
  description                  = "To the web pods"
  referenced_security_group_id = aws_security_group.workloads.id
  ip_protocol                  = "tcp"
  from_port                    = var.web_port
  to_port                      = var.web_port
}

resource "aws_security_group" "workloads" {
  #checkov:skip=CKV2_AWS_5:The launch template of the eks module attaches it to the nodes
  name        = "${var.name}-workloads"
  description = "The nodes that run the pods"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-workloads" }
}

resource "aws_vpc_security_group_ingress_rule" "web_from_load_balancer" {
  security_group_id            = aws_security_group.workloads.id
  description                  = "The web pods, from the load balancer"
  referenced_security_group_id = aws_security_group.load_balancer.id
  ip_protocol                  = "tcp"
  from_port                    = var.web_port
  to_port                      = var.web_port
}

resource "aws_vpc_security_group_egress_rule" "workloads_https" {
  security_group_id = aws_security_group.workloads.id
  description       = "AWS, and the receivers of webhooks"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "workloads_to_data" {
  for_each = local.port_by_data_service

  security_group_id            = aws_security_group.workloads.id
  description                  = "To the ${each.key}"
  referenced_security_group_id = aws_security_group.data[each.key].id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
}

resource "aws_security_group" "data" {
  #checkov:skip=CKV2_AWS_5:The database, cache and messaging modules attach them
  for_each = local.port_by_data_service

  name        = "${var.name}-${each.key}"
  description = "The ${each.key}: from the workloads only"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_vpc_security_group_ingress_rule" "data_from_workloads" {
  for_each = local.port_by_data_service

  security_group_id            = aws_security_group.data[each.key].id
  description                  = "From the workloads"
  referenced_security_group_id = aws_security_group.workloads.id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
}

resource "aws_security_group" "endpoints" {
  name        = "${var.name}-endpoints"
  description = "Interface endpoints of AWS services: HTTPS from inside the VPC"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints_https" {
  security_group_id = aws_security_group.endpoints.id
  description       = "HTTPS from inside the VPC"
  cidr_ipv4         = var.cidr
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
