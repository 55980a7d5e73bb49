variable "environment" {
  description = "Which environment this is: dev, uat or prod."
  type        = string

  validation {
    condition     = contains(["dev", "uat", "prod"], var.environment)
    error_message = "The environment should be dev, uat or prod."
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

variable "zones" {
  description = "Availability zones, three of them."
  type        = list(string)

  validation {
    condition     = length(distinct(var.zones)) == 3 && length(var.zones) == 3
    error_message = "Three different zones are needed."
  }
}

variable "vpc_cidr" {
  description = "Address range of the VPC; a /16 that no network it will be joined with uses."
  type        = string

  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0)) && endswith(var.vpc_cidr, "/16")
    error_message = "The range should be an IPv4 /16, such as 10.40.0.0/16."
  }
}

variable "interface_endpoints" {
  description = "AWS services reached through endpoints inside the VPC. Each costs by zone and hour."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for service in var.interface_endpoints : can(regex("^[a-z0-9.-]+$", service))])
    error_message = "Name services as in com.amazonaws.<region>.<service>."
  }
}

variable "node_groups" {
  description = "Groups of nodes by name, as the eks module takes them."
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
    condition     = var.environment != "prod" || alltrue([for group in values(var.node_groups) : !group.is_spot])
    error_message = "Production does not run on spot nodes."
  }

  validation {
    condition     = var.environment != "prod" || sum([for group in values(var.node_groups) : group.min_nodes]) >= 3
    error_message = "Production has at least three nodes, one to a zone."
  }
}

variable "database" {
  description = "Size of the database, as the database module takes it."
  type = object({
    instance_class          = string
    serverless_capacity     = optional(object({ min_units = number, max_units = number }), { min_units = 0.5, max_units = 2 })
    readers                 = number
    has_enhanced_monitoring = optional(bool, false)
  })

  validation {
    condition     = var.environment != "prod" || var.database.readers >= 1
    error_message = "Production has a reader to fail over to."
  }
}

variable "cache" {
  description = "Size of the cache, as the cache module takes it."
  type = object({
    node_type = string
    nodes     = number
  })

  validation {
    condition     = var.environment != "prod" || var.cache.nodes >= 2
    error_message = "Production has a second node to fail over to."
  }
}

variable "kafka" {
  description = "Size of MSK, or null where the brokers of kafka_bootstrap are used instead."
  type = object({
    broker_type = string
    brokers     = number
    volume_gib  = optional(number, 20)
  })
  default = null

  validation {
    condition     = var.environment != "prod" || try(var.kafka.brokers >= 3, false)
    error_message = "Production has three managed brokers, or writes stop when one fails."
  }
}

variable "kafka_bootstrap" {
  description = "Brokers as host:port that run elsewhere, such as in the cluster; used when kafka is null."
  type        = string
  default     = "kafka.taskwire.svc.cluster.local:9092"
  nullable    = false

  validation {
    condition     = can(regex("^[^\\s:,/]+:[0-9]{1,5}(,[^\\s:,/]+:[0-9]{1,5})*$", var.kafka_bootstrap))
    error_message = "The brokers should be host:port, or several separated by commas."
  }
}

variable "features" {
  description = "What an environment may do without. guardduty: threat detection; nat_per_zone: a NAT gateway in each zone; second_region: copies of backups and buckets; cdn: CloudFront for the client's files; container_insights: metrics and logs of containers in CloudWatch; dashboard: a CloudWatch dashboard."
  type = object({
    guardduty          = bool
    nat_per_zone       = bool
    second_region      = bool
    cdn                = bool
    container_insights = bool
    dashboard          = bool
  })

  validation {
    condition     = alltrue([for feature in values(var.features) : feature != null])
    error_message = "Each feature is true or false."
  }
}

variable "is_protected" {
  description = "Whether database and buckets refuse to be destroyed."
  type        = bool
  nullable    = false

  validation {
    condition     = var.environment != "prod" || var.is_protected
    error_message = "Production is protected."
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

variable "compute_limit_dollars" {
  description = "What the nodes may cost in a month."
  type        = number

  validation {
    condition     = var.compute_limit_dollars >= 1
    error_message = "The limit should be at least 1 dollar."
  }
}

variable "is_paying_account" {
  description = "Whether this account pays the bill, and so may name the tags it is split by."
  type        = bool
  default     = false
  nullable    = false
}

variable "domain_name" {
  description = "Name under which people reach the environment."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain_name))
    error_message = "The name should look like tasks.example.com."
  }
}

variable "load_balancer" {
  description = "Load balancer that the Ingress made, once it exists: its DNS name, hosted zone, and its name as CloudWatch writes it."
  type = object({
    dns_name = string
    zone_id  = string
    name     = string
  })
  default = null

  validation {
    condition     = var.load_balancer == null || try(endswith(var.load_balancer.dns_name, ".elb.amazonaws.com") && startswith(var.load_balancer.name, "app/"), false)
    error_message = "The value should be the DNS name, zone id and name (app/<name>/<id>) of a load balancer."
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

variable "administrator_role_arns" {
  description = "IAM roles that administer cluster and registry, the one that deploys among them."
  type        = set(string)

  validation {
    condition     = length(var.administrator_role_arns) > 0 && alltrue([for arn in var.administrator_role_arns : can(regex("^arn:aws:iam::[0-9]{12}:role/", arn))])
    error_message = "At least one IAM role is needed."
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

variable "database_password" {
  description = "Password of the database role that owns the schema. Passes through to Secrets Manager and is kept nowhere else."
  type        = string
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = length(var.database_password) >= 24
    error_message = "The password should have at least 24 characters."
  }
}

variable "secret_key" {
  description = "Key that signs the access tokens; random, at least 32 bytes. Passes through to Secrets Manager and is kept nowhere else."
  type        = string
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = length(var.secret_key) >= 32
    error_message = "The key should have at least 32 bytes."
  }
}

variable "cache_auth_token" {
  description = "Token that clients of the cache present."
  type        = string
  sensitive   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9!&#$^<>-]{32,128}$", var.cache_auth_token))
    error_message = "The token should have 32 to 128 letters, digits and !&#$^<>-."
  }
}

variable "database_ca" {
  description = "Certificates of the authorities of RDS in the region, as Amazon publishes them. PEM."
  type        = string

  validation {
    condition     = startswith(trimspace(var.database_ca), "-----BEGIN CERTIFICATE-----") && length(var.database_ca) < 32768
    error_message = "The value should be the bundle of one region in PEM; that of all regions does not fit into a secret."
  }
}

variable "backup_certificate" {
  description = "Certificate that backups are sealed for, in PEM. Its key stays out of AWS."
  type        = string

  validation {
    condition     = startswith(trimspace(var.backup_certificate), "-----BEGIN CERTIFICATE-----") && !strcontains(var.backup_certificate, "PRIVATE KEY") && length(var.backup_certificate) < 16384
    error_message = "The value should be one certificate in PEM, without its key."
  }
}

variable "secret_generation" {
  description = "Raised by one to write the secret again after one of its values was changed."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.secret_generation >= 1 && floor(var.secret_generation) == var.secret_generation
    error_message = "The generation should be a whole number from 1."
  }
}
