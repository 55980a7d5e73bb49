variable "account_id" {
  description = "AWS account that owns these resources."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has 12 digits."
  }
}

variable "domain_name" {
  description = "Name under which people reach the environment."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain_name))
    error_message = "The name should look like tasks.example.com."
  }
}

variable "load_balancer" {
  description = "Load balancer that the Ingress made, once it exists: its DNS name, hosted zone, and its name as CloudWatch writes it."
  type = object({
    dns_name = string
    zone_id  = string
    name     = string
  })
  default = null

  validation {
    condition     = var.load_balancer == null || try(endswith(var.load_balancer.dns_name, ".elb.amazonaws.com") && startswith(var.load_balancer.name, "app/"), false)
    error_message = "The value should be the DNS name, zone id and name (app/<name>/<id>) of a load balancer."
  }
}

variable "alert_emails" {
  description = "Addresses that are told of alarms and budgets; each confirms by mail."
  type        = set(string)

  validation {
    condition     = length(var.alert_emails) > 0 && alltrue([for email in var.alert_emails : can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", email))])
    error_message = "At least one e-mail address is needed."
  }
}

variable "administrator_role_arns" {
  description = "IAM roles that administer cluster and registry, the one that deploys among them."
  type        = set(string)

  validation {
    condition     = length(var.administrator_role_arns) > 0 && alltrue([for arn in var.administrator_role_arns : can(regex("^arn:aws:iam::[0-9]{12}:role/", arn))])
    error_message = "At least one IAM role is needed."
  }
}

variable "public_access_cidrs" {
  description = "Address ranges that may reach the API server from outside the VPC. None: it has no public endpoint."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.public_access_cidrs : can(cidrhost(cidr, 0)) && !endswith(cidr, "/0")])
    error_message = "Name the ranges of an office or a runner, never the whole internet."
  }
}

variable "is_paying_account" {
  description = "Whether this account pays the bill, and so may name the tags it is split by."
  type        = bool
  default     = false
  nullable    = false
}

variable "database_password" {
  description = "Password of the database role that owns the schema. Passes through to Secrets Manager and is kept nowhere else."
  type        = string
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = length(var.database_password) >= 24
    error_message = "The password should have at least 24 characters."
  }
}

variable "secret_key" {
  description = "Key that signs the access tokens; random, at least 32 bytes. Passes through to Secrets Manager and is kept nowhere else."
  type        = string
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = length(var.secret_key) >= 32
    error_message = "The key should have at least 32 bytes."
  }
}

variable "cache_auth_token" {
  description = "Token that clients of the cache present."
  type        = string
  sensitive   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9!&#$^<>-]{32,128}$", var.cache_auth_token))
    error_message = "The token should have 32 to 128 letters, digits and !&#$^<>-."
  }
}

variable "database_ca" {
  description = "Certificates of the authorities of RDS in the region, as Amazon publishes them. PEM."
  type        = string

  validation {
    condition     = startswith(trimspace(var.database_ca), "-----BEGIN CERTIFICATE-----") && length(var.database_ca) < 32768
    error_message = "The value should be the bundle of one region in PEM; that of all regions does not fit into a secret."
  }
}

variable "backup_certificate" {
  description = "Certificate that backups are sealed for, in PEM. Its key stays out of AWS."
  type        = string

  validation {
    condition     = startswith(trimspace(var.backup_certificate), "-----BEGIN CERTIFICATE-----") && !strcontains(var.backup_certificate, "PRIVATE KEY") && length(var.backup_certificate) < 16384
    error_message = "The value should be one certificate in PEM, without its key."
  }
}

variable "secret_generation" {
  description = "Raised by one to write the secret again after one of its values was changed."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.secret_generation >= 1 && floor(var.secret_generation) == var.secret_generation
    error_message = "The generation should be a whole number from 1."
  }
}
