resource "aws_route53_zone" "this" {
  #checkov:skip=CKV2_AWS_38:The parent zone decides on DNSSEC; signing a child alone proves nothing
  #checkov:skip=CKV2_AWS_39:Queries of a public name say nothing that the load balancer's log does not
  name    = var.domain_name
  comment = "Taskwire"
}

# Nobody but Amazon may issue certificates for the name.
resource "aws_route53_record" "caa" {
  zone_id = aws_route53_zone.this.zone_id
  name    = var.domain_name
  type    = "CAA"
  ttl     = 3600
  records = ["0 issue \"amazon.com\"", "0 issuewild \";\""]
}

resource "aws_route53_record" "web" {
  for_each = var.load_balancer == null ? toset([]) : toset(["A", "AAAA"])

  zone_id = aws_route53_zone.this.zone_id
  name    = var.domain_name
  type    = each.key

  alias {
    name                   = var.load_balancer.dns_name
    zone_id                = var.load_balancer.zone_id
    evaluate_target_health = true
  }
}
