# Development: the smallest that runs everything, on spot nodes, without autoscaling.

terraform {
  # The bucket and its key are named at init; see README.md.
  backend "s3" {
    key          = "taskwire/dev/terraform.tfstate"
    region       = "us-east-1"
    encrypt      = true
    use_lockfile = true
  }
}

locals {
  environment = "dev"
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
  vpc_cidr    = "10.40.0.0/16"

  # Four, because each has room for about 400 MiB of pods. Several types, because spot capacity of
  # one alone runs out.
  node_groups = {
    general = {
      instance_types = ["t3.micro", "t3a.micro"]
      is_spot        = true
      min_nodes      = 4
      max_nodes      = 4
      max_pods       = 12
    }
  }

  # Sleeps when nobody is connected.
  database = {
    instance_class      = "db.serverless"
    serverless_capacity = { min_units = 0, max_units = 1 }
    readers             = 0
  }

  cache = { node_type = "cache.t4g.micro", nodes = 1 }
  kafka = { broker_type = "kafka.t3.small", brokers = 2, volume_gib = 10 }

  features = {
    guardduty          = false
    nat_per_zone       = false
    second_region      = false
    cdn                = false
    container_insights = false
    dashboard          = false
  }

  is_protected          = false
  log_retention_days    = 7
  compute_limit_dollars = 30

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
