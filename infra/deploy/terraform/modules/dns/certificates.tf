resource "aws_acm_certificate" "web" {
  domain_name       = var.domain_name
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "web_validation" {
  zone_id         = aws_route53_zone.this.zone_id
  name            = tolist(aws_acm_certificate.web.domain_validation_options)[0].resource_record_name
  type            = tolist(aws_acm_certificate.web.domain_validation_options)[0].resource_record_type
  records         = [tolist(aws_acm_certificate.web.domain_validation_options)[0].resource_record_value]
  ttl             = 300
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "web" {
  certificate_arn         = aws_acm_certificate.web.arn
  validation_record_fqdns = [aws_route53_record.web_validation.fqdn]
}

# CloudFront reads certificates of one region only.
resource "aws_acm_certificate" "assets" {
  provider = aws.us_east_1
  count    = var.has_cdn ? 1 : 0

  domain_name       = local.assets_name
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "assets_validation" {
  count = var.has_cdn ? 1 : 0

  zone_id         = aws_route53_zone.this.zone_id
  name            = tolist(aws_acm_certificate.assets[0].domain_validation_options)[0].resource_record_name
  type            = tolist(aws_acm_certificate.assets[0].domain_validation_options)[0].resource_record_type
  records         = [tolist(aws_acm_certificate.assets[0].domain_validation_options)[0].resource_record_value]
  ttl             = 300
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "assets" {
  provider = aws.us_east_1
  count    = var.has_cdn ? 1 : 0

  certificate_arn         = aws_acm_certificate.assets[0].arn
  validation_record_fqdns = [aws_route53_record.assets_validation[0].fqdn]
}
