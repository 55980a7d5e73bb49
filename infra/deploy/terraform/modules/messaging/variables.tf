variable "name" {
  description = "Prefix of every name, such as taskwire-prod."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,20}$", var.name))
    error_message = "The name should be 3 to 21 lower-case letters, digits and hyphens."
  }
}

variable "subnet_ids" {
  description = "Subnets of the data services, in three zones."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "At least two subnets are needed."
  }
}

variable "security_group_ids" {
  description = "Security groups of the service."
  type        = list(string)

  validation {
    condition     = length(var.security_group_ids) > 0
    error_message = "At least one security group is needed."
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

variable "kafka_version" {
  description = "Version of Kafka, as MSK names it."
  type        = string
  default     = "3.9.x.kraft"
  nullable    = false

  validation {
    condition     = can(regex("^[34]\\.[0-9]+\\.x(\\.kraft)?$", var.kafka_version))
    error_message = "The version should look like 3.9.x.kraft."
  }
}

variable "broker_type" {
  description = "Class of the brokers."
  type        = string
  default     = "kafka.t3.small"
  nullable    = false

  validation {
    condition     = can(regex("^kafka\\.(t3\\.small|m7g\\.[0-9]*x?large)$", var.broker_type))
    error_message = "The class should be kafka.t3.small or of the kafka.m7g family."
  }
}

variable "brokers" {
  description = "Brokers: two for trying out, otherwise a multiple of three, one or more to a zone."
  type        = number
  default     = 3
  nullable    = false

  validation {
    condition     = var.brokers == 2 || (var.brokers >= 3 && var.brokers % 3 == 0 && var.brokers <= 15)
    error_message = "There are 2, 3, 6, 9, 12 or 15 brokers."
  }
}

variable "volume_gib" {
  description = "Disk of each broker; it can grow and never shrink."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.volume_gib >= 10 && var.volume_gib <= 16384
    error_message = "The disk should have between 10 and 16384 GiB."
  }
}

variable "retention_hours" {
  description = "Hours an event stays in Kafka. The event log in the database is the truth, so a week is ample."
  type        = number
  default     = 168
  nullable    = false

  validation {
    condition     = var.retention_hours >= 24 && var.retention_hours <= 720
    error_message = "The retention should be between 24 and 720 hours."
  }
}

variable "monitoring_level" {
  description = "How finely MSK measures; above DEFAULT the metrics are billed."
  type        = string
  default     = "DEFAULT"
  nullable    = false

  validation {
    condition     = contains(["DEFAULT", "PER_BROKER", "PER_TOPIC_PER_BROKER"], var.monitoring_level)
    error_message = "The level should be DEFAULT, PER_BROKER or PER_TOPIC_PER_BROKER."
  }
}
