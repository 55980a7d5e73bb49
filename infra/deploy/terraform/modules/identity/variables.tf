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

variable "oidc_provider_arn" {
  description = "IAM provider that trusts the cluster's token issuer."
  type        = string

  validation {
    condition     = can(regex("^arn:aws:iam::[0-9]{12}:oidc-provider/", var.oidc_provider_arn))
    error_message = "The value should be the ARN of an OIDC provider."
  }
}

variable "oidc_issuer_url" {
  description = "Address of the cluster's token issuer."
  type        = string

  validation {
    condition     = startswith(var.oidc_issuer_url, "https://")
    error_message = "The issuer should begin with https://."
  }
}

variable "bucket_names" {
  description = "Names of the buckets of attachments and of backups."
  type = object({
    attachments = string
    backups     = string
  })

  validation {
    condition     = alltrue([for bucket in values(var.bucket_names) : can(regex("^[a-z0-9-]{3,63}$", bucket))])
    error_message = "A bucket's name has 3 to 63 lower-case letters, digits and hyphens."
  }
}
