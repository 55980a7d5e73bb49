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

variable "replica_key_arn" {
  description = "KMS key of the second region, for the copies there."
  type        = string

  validation {
    condition     = startswith(var.replica_key_arn, "arn:aws:kms:")
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

variable "engine_version" {
  description = "Version of Aurora PostgreSQL."
  type        = string
  default     = "17.5"
  nullable    = false

  validation {
    condition     = can(regex("^1[5-9]\\.[0-9]+$", var.engine_version))
    error_message = "The version should be 15 or newer, such as 17.5."
  }
}

variable "database_name" {
  description = "Name of the database."
  type        = string
  default     = "taskwire"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z_]{2,30}$", var.database_name))
    error_message = "The name should be lower-case letters and underscores."
  }
}

variable "instance_class" {
  description = "Class of the writer and the readers; db.serverless scales within serverless_capacity."
  type        = string
  default     = "db.serverless"
  nullable    = false

  validation {
    condition     = can(regex("^db\\.(serverless|t4g\\.(medium|large)|r[678]g\\.[0-9]*x?large)$", var.instance_class))
    error_message = "The class should be db.serverless, db.t4g.medium, db.t4g.large or of the db.r6g to db.r8g families."
  }
}

variable "serverless_capacity" {
  description = "Bounds in Aurora capacity units (about 2 GiB of memory each) of db.serverless. With no minimum it pauses after a quarter of an hour without connections."
  type = object({
    min_units = number
    max_units = number
  })
  default  = { min_units = 0.5, max_units = 2 }
  nullable = false

  validation {
    condition     = var.serverless_capacity.min_units >= 0 && var.serverless_capacity.max_units >= 1 && var.serverless_capacity.max_units >= var.serverless_capacity.min_units && var.serverless_capacity.max_units <= 128
    error_message = "The minimum should be at least 0, the maximum between 1 and 128 and not below the minimum."
  }
}

variable "readers" {
  description = "Read replicas beside the writer; the first is also what a failed writer is replaced with."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.readers >= 0 && var.readers <= 15 && floor(var.readers) == var.readers
    error_message = "Aurora has 0 to 15 readers."
  }
}

variable "backup_retention_days" {
  description = "Days back to which the cluster can be restored, to the second."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.backup_retention_days >= 7 && var.backup_retention_days <= 35
    error_message = "Aurora keeps at most 35 days; fewer than 7 would be no safety."
  }
}

variable "has_cross_region_copy" {
  description = "Whether every nightly backup is copied to the second region."
  type        = bool
  default     = true
  nullable    = false
}

variable "has_performance_insights" {
  description = "Whether statements are profiled; seven days are kept."
  type        = bool
  default     = true
  nullable    = false
}

variable "has_enhanced_monitoring" {
  description = "Whether the operating system of the instances is measured every minute."
  type        = bool
  default     = false
  nullable    = false
}

variable "is_protected" {
  description = "Whether deletion is refused, and a last snapshot taken before one that is allowed."
  type        = bool
  default     = true
  nullable    = false
}
