# The whole of one environment. What differs between environments is in the variables, so that dev
# is prod made small and nothing else.

locals {
  name = "taskwire-${var.environment}"
}

module "security" {
  source = "../security"

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  name          = local.name
  region        = var.region
  account_id    = var.account_id
  has_guardduty = var.features.guardduty
}

module "network" {
  source = "../network"

  name                = local.name
  region              = var.region
  account_id          = var.account_id
  cidr                = var.vpc_cidr
  zones               = var.zones
  has_nat_per_zone    = var.features.nat_per_zone
  interface_endpoints = var.interface_endpoints
  log_retention_days  = var.log_retention_days
  log_key_arn         = module.security.key_arns["logs"]
}

module "eks" {
  source = "../eks"

  name                        = local.name
  subnet_ids                  = module.network.private_subnet_ids
  workloads_security_group_id = module.network.workloads_security_group_id
  public_access_cidrs         = var.public_access_cidrs
  administrator_role_arns     = var.administrator_role_arns
  node_groups                 = var.node_groups
  has_container_insights      = var.features.container_insights
  log_retention_days          = var.log_retention_days
  log_key_arn                 = module.security.key_arns["logs"]
  cluster_key_arn             = module.security.key_arns["cluster"]
}

module "database" {
  source = "../database"

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  name                    = local.name
  subnet_ids              = module.network.database_subnet_ids
  security_group_ids      = [module.network.data_security_group_ids["database"]]
  instance_class          = var.database.instance_class
  serverless_capacity     = var.database.serverless_capacity
  readers                 = var.database.readers
  has_enhanced_monitoring = var.database.has_enhanced_monitoring
  has_cross_region_copy   = var.features.second_region
  is_protected            = var.is_protected
  log_retention_days      = var.log_retention_days
  data_key_arn            = module.security.key_arns["data"]
  replica_key_arn         = module.security.replica_key_arn
  log_key_arn             = module.security.key_arns["logs"]
}

module "cache" {
  source = "../cache"

  name               = local.name
  subnet_ids         = module.network.database_subnet_ids
  security_group_ids = [module.network.data_security_group_ids["cache"]]
  node_type          = var.cache.node_type
  nodes              = var.cache.nodes
  auth_token         = var.cache_auth_token
  log_retention_days = var.log_retention_days
  data_key_arn       = module.security.key_arns["data"]
  log_key_arn        = module.security.key_arns["logs"]
}

module "messaging" {
  source = "../messaging"
  count  = var.kafka == null ? 0 : 1

  name               = local.name
  subnet_ids         = module.network.database_subnet_ids
  security_group_ids = [module.network.data_security_group_ids["messaging"]]
  broker_type        = var.kafka.broker_type
  brokers            = var.kafka.brokers
  volume_gib         = var.kafka.volume_gib
  log_retention_days = var.log_retention_days
  data_key_arn       = module.security.key_arns["data"]
  log_key_arn        = module.security.key_arns["logs"]
}

module "storage" {
  source = "../storage"

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  name            = local.name
  account_id      = var.account_id
  allowed_origins = ["https://${var.domain_name}"]
  has_replication = var.features.second_region
  is_protected    = var.is_protected
  data_key_arn    = module.security.key_arns["data"]
  replica_key_arn = module.security.replica_key_arn
}

module "registry" {
  source = "../registry"
  # The application, and what the nightly backup runs in.
  for_each = toset(["taskwire", "taskwire-backup"])

  repository_name         = each.key
  administrator_role_arns = var.administrator_role_arns
  data_key_arn            = module.security.key_arns["data"]
}

module "identity" {
  source = "../identity"

  name              = local.name
  region            = var.region
  account_id        = var.account_id
  environment       = var.environment
  bucket_names      = module.storage.bucket_names
  data_key_arn      = module.security.key_arns["data"]
  oidc_provider_arn = module.eks.oidc_provider_arn
  oidc_issuer_url   = module.eks.oidc_issuer_url
}

module "secrets" {
  source = "../secrets"

  environment  = var.environment
  data_key_arn = module.security.key_arns["data"]
  database = {
    host = module.database.writer_host
    name = module.database.database_name
    role = "taskwire"
  }
  database_password = var.database_password
  cache_host        = module.cache.primary_host
  cache_auth_token  = var.cache_auth_token
  kafka_bootstrap   = var.kafka == null ? var.kafka_bootstrap : module.messaging[0].bootstrap_brokers
  secret_key        = var.secret_key
  generation        = var.secret_generation

  database_ca        = var.database_ca
  backup_certificate = var.backup_certificate
}

module "dns" {
  source = "../dns"

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }

  domain_name   = var.domain_name
  load_balancer = var.load_balancer == null ? null : { dns_name = var.load_balancer.dns_name, zone_id = var.load_balancer.zone_id }
  has_cdn       = var.features.cdn
}

module "observability" {
  source = "../observability"

  name               = local.name
  region             = var.region
  account_id         = var.account_id
  alert_emails       = var.alert_emails
  database_cluster   = module.database.cluster_identifier
  cache_group        = module.cache.replication_group_id
  kafka_cluster      = var.kafka == null ? null : local.name
  load_balancer      = try(var.load_balancer.name, null)
  has_dashboard      = var.features.dashboard
  log_retention_days = var.log_retention_days
  log_key_arn        = module.security.key_arns["logs"]
}

module "cost" {
  source = "../cost"

  name                  = local.name
  alert_emails          = var.alert_emails
  alarm_topic_arn       = module.observability.alarm_topic_arn
  compute_limit_dollars = var.compute_limit_dollars
  is_paying_account     = var.is_paying_account
}
