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

variable "log_key_arn" {
  description = "KMS key that encrypts the logs."
  type        = string

  validation {
    condition     = startswith(var.log_key_arn, "arn:aws:kms:")
    error_message = "The value should be the ARN of a KMS key."
  }
}

variable "log_retention_days" {
  description = "Days the logs are kept; one of the values CloudWatch knows."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([7, 14, 30, 60, 90, 180, 365], var.log_retention_days)
    error_message = "The retention should be 7, 14, 30, 60, 90, 180 or 365 days."
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

variable "database_cluster" {
  description = "Identifier of the database cluster."
  type        = string

  validation {
    condition     = length(var.database_cluster) > 0
    error_message = "The identifier should not be empty."
  }
}

variable "database_connections_limit" {
  description = "Connections at which the alarm rings; below what the instance accepts."
  type        = number
  default     = 150
  nullable    = false

  validation {
    condition     = var.database_connections_limit >= 10
    error_message = "The limit should be at least 10."
  }
}

variable "cache_group" {
  description = "Id of the replication group of the cache."
  type        = string

  validation {
    condition     = length(var.cache_group) > 0
    error_message = "The id should not be empty."
  }
}

variable "kafka_cluster" {
  description = "Name of the MSK cluster, or null where Kafka is not managed."
  type        = string
  default     = null

  validation {
    condition     = var.kafka_cluster == null || try(length(var.kafka_cluster) > 0, false)
    error_message = "The name should not be empty."
  }
}

variable "load_balancer" {
  description = "The load balancer as CloudWatch names it, app/<name>/<id>, once the Ingress made it."
  type        = string
  default     = null

  validation {
    condition     = var.load_balancer == null || can(regex("^app/[^/]+/[0-9a-f]+$", var.load_balancer))
    error_message = "The value should look like app/k8s-taskwire/0123456789abcdef."
  }
}

variable "has_dashboard" {
  description = "Whether a CloudWatch dashboard shows what the alarms watch."
  type        = bool
  default     = false
  nullable    = false
}
