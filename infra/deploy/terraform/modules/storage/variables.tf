variable "name" {
  description = "Prefix of every name, such as taskwire-prod."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,20}$", var.name))
    error_message = "The name should be 3 to 21 lower-case letters, digits and hyphens."
  }
}

variable "account_id" {
  description = "AWS account that owns these resources."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has 12 digits."
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

variable "replica_key_arn" {
  description = "KMS key of the second region, for the replicas."
  type        = string

  validation {
    condition     = startswith(var.replica_key_arn, "arn:aws:kms:")
    error_message = "The value should be the ARN of a KMS key."
  }
}

variable "backup_retention_days" {
  description = "Days a backup is kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.backup_retention_days >= 7 && var.backup_retention_days <= 365
    error_message = "Backups are kept between 7 and 365 days."
  }
}

variable "allowed_origins" {
  description = "Origins whose pages may put and get attachments."
  type        = list(string)

  validation {
    condition     = length(var.allowed_origins) > 0 && alltrue([for origin in var.allowed_origins : can(regex("^https://[a-z0-9.-]+$", origin))])
    error_message = "Origins should look like https://tasks.example.com."
  }
}

variable "has_replication" {
  description = "Whether every object is copied to a bucket in the second region."
  type        = bool
  default     = true
  nullable    = false
}

variable "is_protected" {
  description = "Whether buckets that hold objects refuse to be destroyed."
  type        = bool
  default     = true
  nullable    = false
}
