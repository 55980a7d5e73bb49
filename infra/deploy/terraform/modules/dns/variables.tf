variable "domain_name" {
  description = "Name under which people reach the environment; its zone is made here and delegated to by the parent zone."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain_name))
    error_message = "The name should look like tasks.example.com."
  }
}

variable "load_balancer" {
  description = "Load balancer that the Ingress made, once it exists: its DNS name and hosted zone. Without it the name does not resolve yet."
  type = object({
    dns_name = string
    zone_id  = string
  })
  default = null

  validation {
    condition     = var.load_balancer == null || try(endswith(var.load_balancer.dns_name, ".elb.amazonaws.com") && startswith(var.load_balancer.zone_id, "Z"), false)
    error_message = "The value should be the DNS name and the zone id of a load balancer."
  }
}

variable "has_cdn" {
  description = "Whether the client's files are served by CloudFront as well, under assets.<domain_name>."
  type        = bool
  default     = false
  nullable    = false
}
