# A second wall behind the security groups. The lists are stateless, so the ports of answers
# (1024 and up) are named too.

locals {
  acl_rules = {
    public = {
      subnet_ids = [for subnet in aws_subnet.public : subnet.id]
      ingress = [
        { cidr = var.cidr, protocol = "-1", from = 0, to = 0 },
        { cidr = "0.0.0.0/0", protocol = "tcp", from = 443, to = 443 },
        { cidr = "0.0.0.0/0", protocol = "tcp", from = 1024, to = 65535 },
      ]
      egress = [
        { cidr = var.cidr, protocol = "-1", from = 0, to = 0 },
        { cidr = "0.0.0.0/0", protocol = "tcp", from = 443, to = 443 },
        { cidr = "0.0.0.0/0", protocol = "tcp", from = 1024, to = 65535 },
      ]
    }
    private = {
      subnet_ids = [for subnet in aws_subnet.private : subnet.id]
      ingress = [
        { cidr = var.cidr, protocol = "-1", from = 0, to = 0 },
        { cidr = "0.0.0.0/0", protocol = "tcp", from = 1024, to = 65535 },
      ]
      egress = [
        { cidr = var.cidr, protocol = "-1", from = 0, to = 0 },
        { cidr = "0.0.0.0/0", protocol = "tcp", from = 443, to = 443 },
      ]
    }
    database = {
      subnet_ids = [for subnet in aws_subnet.database : subnet.id]
      ingress    = [{ cidr = var.cidr, protocol = "tcp", from = 1024, to = 65535 }]
      egress     = [{ cidr = var.cidr, protocol = "tcp", from = 1024, to = 65535 }]
    }
  }
}

resource "aws_network_acl" "this" {
  for_each = local.acl_rules

  vpc_id     = aws_vpc.this.id
  subnet_ids = each.value.subnet_ids

  dynamic "ingress" {
    for_each = each.value.ingress
    content {
      rule_no    = 100 + 10 * ingress.key
      action     = "allow"
      cidr_block = ingress.value.cidr
      protocol   = ingress.value.protocol
      from_port  = ingress.value.from
      to_port    = ingress.value.to
    }
  }

  dynamic "egress" {
    for_each = each.value.egress
    content {
      rule_no    = 100 + 10 * egress.key
      action     = "allow"
      cidr_block = egress.value.cidr
      protocol   = egress.value.protocol
      from_port  = egress.value.from
      to_port    = egress.value.to
    }
  }

  tags = { Name = "${var.name}-${each.key}" }
}
