variable "name" {
  description = "Prefix of every name, such as taskwire-prod."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,20}$", var.name))
    error_message = "The name should be 3 to 21 lower-case letters, digits and hyphens."
  }
}

variable "region" {
  description = "AWS region of the VPC."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}-[a-z]+-[0-9]$", var.region))
    error_message = "The region should look like us-east-1."
  }
}

variable "account_id" {
  description = "AWS account that owns the VPC."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has 12 digits."
  }
}

variable "cidr" {
  description = "Address range of the VPC; a /16, from which the subnets are cut."
  type        = string

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && endswith(var.cidr, "/16")
    error_message = "The range should be an IPv4 /16, such as 10.40.0.0/16."
  }
}

variable "zones" {
  description = "Availability zones, three of them, so that a quorum survives the loss of one."
  type        = list(string)

  validation {
    condition     = length(distinct(var.zones)) == 3 && length(var.zones) == 3
    error_message = "Three different zones are needed."
  }
}

variable "has_nat_per_zone" {
  description = "Whether each zone has its own NAT gateway; otherwise the first zone's serves all, and its loss cuts the others off the internet."
  type        = bool
  default     = false
  nullable    = false
}

variable "interface_endpoints" {
  description = "AWS services reached through endpoints inside the VPC, such as ecr.api or secretsmanager. Each costs by zone and hour."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for service in var.interface_endpoints : can(regex("^[a-z0-9.-]+$", service)) && service != "s3"])
    error_message = "Name services as in com.amazonaws.<region>.<service>; s3 has a gateway endpoint already."
  }
}

variable "web_port" {
  description = "Port of the web pods, which the load balancer connects to."
  type        = number
  default     = 8000
  nullable    = false

  validation {
    condition     = var.web_port >= 1024 && var.web_port <= 65535
    error_message = "The port should be between 1024 and 65535: the pods do not run as root."
  }
}

variable "flow_log_traffic" {
  description = "Which flows are logged: ALL, or REJECT to save on volume."
  type        = string
  default     = "ALL"
  nullable    = false

  validation {
    condition     = contains(["ALL", "REJECT"], var.flow_log_traffic)
    error_message = "The value should be ALL or REJECT."
  }
}

variable "log_retention_days" {
  description = "Days the flow logs are kept; one of the values CloudWatch knows."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([7, 14, 30, 60, 90, 180, 365], var.log_retention_days)
    error_message = "The retention should be 7, 14, 30, 60, 90, 180 or 365 days."
  }
}

variable "log_key_arn" {
  description = "KMS key that encrypts the flow logs."
  type        = string

  validation {
    condition     = startswith(var.log_key_arn, "arn:aws:kms:")
    error_message = "The key should be the ARN of a KMS key."
  }
}
