# Acceptance: like production in kind, small in number, on spot nodes, with autoscaling.

terraform {
  # The bucket and its key are named at init; see README.md.
  backend "s3" {
    key          = "taskwire/uat/terraform.tfstate"
    region       = "us-east-1"
    encrypt      = true
    use_lockfile = true
  }
}

locals {
  environment = "uat"
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
  vpc_cidr    = "10.50.0.0/16"

  node_groups = {
    general = {
      instance_types = ["t3.small", "t3a.small"]
      is_spot        = true
      min_nodes      = 2
      max_nodes      = 5
      max_pods       = 20
    }
  }

  database = {
    instance_class      = "db.serverless"
    serverless_capacity = { min_units = 0.5, max_units = 2 }
    readers             = 0
  }

  cache = { node_type = "cache.t4g.micro", nodes = 2 }
  kafka = { broker_type = "kafka.t3.small", brokers = 3, volume_gib = 10 }

  features = {
    guardduty          = false
    nat_per_zone       = false
    second_region      = true
    cdn                = true
    container_insights = false
    dashboard          = false
  }

  is_protected          = false
  log_retention_days    = 30
  compute_limit_dollars = 50

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
