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

variable "deployer_role_arns" {
  description = "IAM roles that may read and write the states."
  type        = set(string)

  validation {
    condition     = length(var.deployer_role_arns) > 0 && alltrue([for arn in var.deployer_role_arns : can(regex("^arn:aws:iam::[0-9]{12}:role/", arn))])
    error_message = "At least one IAM role is needed."
  }
}

variable "kept_days" {
  description = "Days an old version of a state is kept; the newest thirty stay longer."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.kept_days >= 30 && var.kept_days <= 3650
    error_message = "Between 30 and 3650 days."
  }
}
