variable "name" {
  description = "Prefix of every name, such as taskwire-prod."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,20}$", var.name))
    error_message = "The name should be 3 to 21 lower-case letters, digits and hyphens."
  }
}

variable "kubernetes_version" {
  description = "Minor version of Kubernetes."
  type        = string
  default     = "1.35"
  nullable    = false

  validation {
    condition     = can(regex("^1\\.[0-9]{2}$", var.kubernetes_version))
    error_message = "The version should look like 1.35."
  }
}

variable "subnet_ids" {
  description = "Private subnets of the control plane and the nodes."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "At least two subnets are needed."
  }
}

variable "workloads_security_group_id" {
  description = "Security group that lets the nodes at the data services."
  type        = string

  validation {
    condition     = startswith(var.workloads_security_group_id, "sg-")
    error_message = "The value should be the id of a security group."
  }
}

variable "public_access_cidrs" {
  description = "Address ranges that may reach the API server from outside the VPC. None: it has no public endpoint."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.public_access_cidrs : can(cidrhost(cidr, 0)) && !endswith(cidr, "/0")])
    error_message = "Name the ranges of an office or a runner, never the whole internet."
  }
}

variable "administrator_role_arns" {
  description = "IAM roles that administer the cluster, the one that deploys among them."
  type        = set(string)

  validation {
    condition     = length(var.administrator_role_arns) > 0 && alltrue([for arn in var.administrator_role_arns : can(regex("^arn:aws:iam::[0-9]{12}:role/", arn))])
    error_message = "At least one IAM role is needed, or nobody can reach the cluster."
  }
}

variable "node_groups" {
  description = "Groups of nodes by name. Without autoscaling the two bounds are equal."
  type = map(object({
    instance_types         = list(string)
    is_spot                = bool
    min_nodes              = number
    max_nodes              = number
    max_pods               = number
    disk_gib               = optional(number, 20)
    is_monitored_by_minute = optional(bool, false)
  }))

  validation {
    condition     = length(var.node_groups) > 0 && alltrue([for group in values(var.node_groups) : group.min_nodes >= 1 && group.max_nodes >= group.min_nodes])
    error_message = "At least one group is needed, of at least one node, and the upper bound not below the lower one."
  }

  validation {
    # Two pods of every node are the system's own.
    condition     = alltrue([for group in values(var.node_groups) : group.max_pods >= 4 && group.max_pods <= 110])
    error_message = "A node runs between 4 and 110 pods."
  }

  validation {
    condition     = alltrue([for group in values(var.node_groups) : group.disk_gib >= 20 && length(group.instance_types) > 0])
    error_message = "A node needs an instance type and a disk of at least 20 GiB, the size of its image."
  }
}

variable "control_plane_logs" {
  description = "Which logs of the control plane are kept. Each is billed by volume; audit is by far the largest."
  type        = set(string)
  default     = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  nullable    = false

  validation {
    condition     = length(setsubtract(var.control_plane_logs, ["api", "audit", "authenticator", "controllerManager", "scheduler"])) == 0
    error_message = "Known are api, audit, authenticator, controllerManager and scheduler."
  }
}

variable "has_container_insights" {
  description = "Whether metrics and logs of all containers go to CloudWatch."
  type        = bool
  default     = false
  nullable    = false
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

variable "log_key_arn" {
  description = "KMS key that encrypts the logs."
  type        = string

  validation {
    condition     = startswith(var.log_key_arn, "arn:aws:kms:")
    error_message = "The value should be the ARN of a KMS key."
  }
}

variable "cluster_key_arn" {
  description = "KMS key that encrypts the Kubernetes secrets."
  type        = string

  validation {
    condition     = startswith(var.cluster_key_arn, "arn:aws:kms:")
    error_message = "The value should be the ARN of a KMS key."
  }
}
