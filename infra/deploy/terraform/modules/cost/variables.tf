variable "name" {
  description = "Prefix of every name, such as taskwire-prod."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,20}$", var.name))
    error_message = "The name should be 3 to 21 lower-case letters, digits and hyphens."
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

variable "alarm_topic_arn" {
  description = "Topic that is told as well."
  type        = string

  validation {
    condition     = startswith(var.alarm_topic_arn, "arn:aws:sns:")
    error_message = "The value should be the ARN of an SNS topic."
  }
}

variable "monthly_limit_dollars" {
  description = "What the account may cost in a month."
  type        = number
  default     = 100
  nullable    = false

  validation {
    condition     = var.monthly_limit_dollars >= 1 && var.monthly_limit_dollars <= 100000
    error_message = "The limit should be between 1 and 100000 dollars."
  }
}

variable "compute_limit_dollars" {
  description = "What the nodes may cost in a month."
  type        = number

  validation {
    condition     = var.compute_limit_dollars >= 1 && var.compute_limit_dollars <= 100000
    error_message = "The limit should be between 1 and 100000 dollars."
  }
}

variable "alert_percent" {
  description = "Share of a limit at which people are told."
  type        = number
  default     = 80
  nullable    = false

  validation {
    condition     = var.alert_percent >= 1 && var.alert_percent <= 100
    error_message = "The share should be between 1 and 100 percent."
  }
}

variable "anomaly_dollars" {
  description = "How much more than usual a service must cost to be reported."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.anomaly_dollars >= 1
    error_message = "The amount should be at least 1 dollar."
  }
}

variable "is_paying_account" {
  description = "Whether this account pays the bill, and so may name the tags it is split by."
  type        = bool
  default     = false
  nullable    = false
}
