# Production: three of everything that must survive a zone, copies in a second region, all watched.

terraform {
  # The bucket and its key are named at init; see README.md.
  backend "s3" {
    key          = "taskwire/prod/terraform.tfstate"
    region       = "us-east-1"
    encrypt      = true
    use_lockfile = true
  }
}

locals {
  environment = "prod"
}

module "taskwire" {
  source = "../../modules/platform"

  providers = {
    aws           = aws
    aws.replica   = aws.replica
    aws.us_east_1 = aws.us_east_1
  }

  environment = local.environment
  region      = local.region
  zones       = ["${local.region}a", "${local.region}b", "${local.region}c"]
  vpc_cidr    = "10.60.0.0/16"

  node_groups = {
    general = {
      instance_types         = ["t3.medium"]
      is_spot                = false
      min_nodes              = 3
      max_nodes              = 6
      max_pods               = 35
      disk_gib               = 30
      is_monitored_by_minute = true
    }
  }

  # A writer and a reader, which takes over within about half a minute.
  database = {
    instance_class          = "db.t4g.medium"
    readers                 = 1
    has_enhanced_monitoring = true
  }

  cache = { node_type = "cache.t4g.small", nodes = 2 }
  kafka = { broker_type = "kafka.t3.small", brokers = 3, volume_gib = 50 }

  # Images and secrets stay inside the VPC, and pods start while the NAT gateways are away.
  interface_endpoints = ["ecr.api", "ecr.dkr", "secretsmanager", "sts"]

  features = {
    guardduty          = true
    nat_per_zone       = true
    second_region      = true
    cdn                = true
    container_insights = true
    dashboard          = true
  }

  is_protected          = true
  log_retention_days    = 365
  compute_limit_dollars = 80

  account_id              = var.account_id
  domain_name             = var.domain_name
  load_balancer           = var.load_balancer
  alert_emails            = var.alert_emails
  administrator_role_arns = var.administrator_role_arns
  public_access_cidrs     = var.public_access_cidrs
  is_paying_account       = var.is_paying_account

  database_password = var.database_password
  secret_key        = var.secret_key
  cache_auth_token  = var.cache_auth_token
  secret_generation = var.secret_generation

  database_ca        = var.database_ca
  backup_certificate = var.backup_certificate
}
