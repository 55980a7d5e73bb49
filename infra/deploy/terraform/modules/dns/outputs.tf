output "name_servers" {
  description = "Servers of the zone, for the NS record in the parent zone."
  value       = aws_route53_zone.this.name_servers
}

output "zone_id" {
  description = "The zone."
  value       = aws_route53_zone.this.zone_id
}

output "certificate_arn" {
  description = "Certificate for the Ingress annotation certificate-arn."
  value       = aws_acm_certificate_validation.web.certificate_arn
}

output "assets_url" {
  description = "Where the client's files are served near the reader, or null without CloudFront."
  value       = var.has_cdn ? "https://${local.assets_name}" : null
}
