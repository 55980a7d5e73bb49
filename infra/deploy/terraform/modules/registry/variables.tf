variable "repository_name" {
  description = "Name of the repository; one image serves web, relay, bridge, worker and migrate."
  type        = string
  default     = "taskwire"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", var.repository_name))
    error_message = "The name should be lower-case letters and digits, separated by one of . _ / or -."
  }
}

variable "kept_images" {
  description = "How many images are kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.kept_images >= 5 && var.kept_images <= 1000
    error_message = "Between 5 and 1000 images are kept."
  }
}

variable "administrator_role_arns" {
  description = "IAM roles that may delete images."
  type        = set(string)

  validation {
    condition     = length(var.administrator_role_arns) > 0 && alltrue([for arn in var.administrator_role_arns : can(regex("^arn:aws:iam::[0-9]{12}:role/", arn))])
    error_message = "At least one IAM role is needed."
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
