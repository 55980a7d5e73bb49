variable "environment" {
  description = "Which environment this is: dev, uat or prod."
  type        = string

  validation {
    condition     = contains(["dev", "uat", "prod"], var.environment)
    error_message = "The environment should be dev, uat or prod."
  }
}

variable "data_key_arn" {
  description = "KMS key that encrypts the data at rest."
  type        = string

  validation {
    condition     = startswith(var.data_key_arn, "arn:aws:kms:")
    error_message = "The value should be the ARN of a KMS key."
  }
}

variable "database" {
  description = "Host of the database cluster, name of the database and the role that owns its schema."
  type = object({
    host = string
    name = string
    role = string
  })

  validation {
    condition     = alltrue([for part in [var.database.name, var.database.role] : can(regex("^[a-z_]+$", part))])
    error_message = "Database and role are named with lower-case letters and underscores."
  }
}

variable "cache_host" {
  description = "Host of the cache that takes writes."
  type        = string

  validation {
    condition     = length(var.cache_host) > 0
    error_message = "The host should not be empty."
  }
}

variable "kafka_bootstrap" {
  description = "Brokers as host:port, separated by commas."
  type        = string

  validation {
    condition     = can(regex("^[^\\s:,/]+:[0-9]{1,5}(,[^\\s:,/]+:[0-9]{1,5})*$", var.kafka_bootstrap))
    error_message = "The brokers should be host:port, or several separated by commas."
  }
}

variable "database_password" {
  description = "Password of the database role that owns the schema."
  type        = string
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = length(var.database_password) >= 24
    error_message = "The password should have at least 24 characters."
  }
}

variable "secret_key" {
  description = "Key that signs the access tokens; random, at least 32 bytes."
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
    error_message = "ElastiCache takes 16 to 128 printable characters; here at least 32 of letters, digits and !&#$^<>-."
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

variable "generation" {
  description = "Raised by one to write the values again after one of them was changed."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.generation >= 1 && floor(var.generation) == var.generation
    error_message = "The generation should be a whole number from 1."
  }
}
