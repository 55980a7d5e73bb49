variable "name" {
  description = "Prefix of every name, such as taskwire-prod."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,20}$", var.name))
    error_message = "The name should be 3 to 21 lower-case letters, digits and hyphens."
  }
}

variable "region" {
  description = "AWS region of these resources."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}-[a-z]+-[0-9]$", var.region))
    error_message = "The region should look like us-east-1."
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

variable "trail_retention_days" {
  description = "Days the records of the trail are kept."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = var.trail_retention_days >= 90 && var.trail_retention_days <= 3650
    error_message = "The retention should be between 90 and 3650 days."
  }
}

variable "has_guardduty" {
  description = "Whether GuardDuty watches the account. It bills by the volume it reads, and an account has one detector per region."
  type        = bool
  default     = false
  nullable    = false
}
