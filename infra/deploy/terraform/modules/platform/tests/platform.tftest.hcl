mock_provider "aws" {
  source = "../../testing"
}

mock_provider "aws" {
  alias  = "replica"
  source = "../../testing"
}

mock_provider "aws" {
  alias  = "us_east_1"
  source = "../../testing"
}

variables {
  environment = "dev"
  region      = "us-east-1"
  zones       = ["us-east-1a", "us-east-1b", "us-east-1c"]
  vpc_cidr    = "10.40.0.0/16"

  node_groups = {
    general = { instance_types = ["t3.small"], is_spot = true, min_nodes = 2, max_nodes = 2, max_pods = 20 }
  }
  database = { instance_class = "db.serverless", readers = 0 }
  cache    = { node_type = "cache.t4g.micro", nodes = 1 }
  features = {
    guardduty = false, nat_per_zone = false, second_region = false, cdn = false, container_insights = false, dashboard = false
  }
  is_protected          = false
  compute_limit_dollars = 30

  account_id              = "111122223333"
  domain_name             = "tasks.example.com"
  alert_emails            = ["operations@example.com"]
  administrator_role_arns = ["arn:aws:iam::111122223333:role/deployer"]
  database_password       = "not-a-real-password-0123456789"
  cache_auth_token        = "abcdefghijklmnopqrstuvwxyz0123456789"
  secret_key              = "0123456789abcdef0123456789abcdefXYZ"
  database_ca             = "-----BEGIN CERTIFICATE-----"
  backup_certificate      = "-----BEGIN CERTIFICATE-----"
}

run "small_and_complete" {
  assert {
    condition     = output.app_secret_name == "taskwire/dev/app" && output.bucket_names.attachments == "taskwire-dev-attachments-111122223333"
    error_message = "The names are those of the manifests."
  }

  assert {
    condition     = output.sizes.kafka_brokers == null && !output.sizes.has_replicas && output.sizes.nat_gateways == 1
    error_message = "What is not asked for is not made."
  }

  assert {
    condition     = output.sizes.backup_retention_days == 30
    error_message = "Even a small database can be restored to any second of thirty days."
  }
}

run "the_load_balancer_is_named_and_watched" {
  variables {
    load_balancer = { dns_name = "k8s-taskwire-1.us-east-1.elb.amazonaws.com", zone_id = "Z35SXDOTRQ7X7K", name = "app/k8s-taskwire/0123456789abcdef" }
  }

  assert {
    condition     = output.sizes.alarms == 8
    error_message = "Its errors and its latency ring too."
  }
}

run "production_is_never_small_or_unprotected" {
  command = plan
  variables {
    environment = "prod"
  }
  expect_failures = [var.node_groups, var.database, var.cache, var.kafka, var.is_protected]
}

run "refuses_bad_values" {
  command = plan
  variables {
    environment             = "staging"
    region                  = "r"
    account_id              = "1"
    zones                   = ["a"]
    vpc_cidr                = "10.0.0.0/8"
    interface_endpoints     = ["EC2 API"]
    kafka_bootstrap         = "broker"
    log_retention_days      = 2
    compute_limit_dollars   = 0
    domain_name             = "Tasks"
    load_balancer           = { dns_name = "x", zone_id = "y", name = "z" }
    alert_emails            = []
    administrator_role_arns = []
    public_access_cidrs     = ["0.0.0.0/0"]
    database_password       = "short"
    secret_key              = "short"
    cache_auth_token        = "short"
    secret_generation       = 0
    features = {
      guardduty = null, nat_per_zone = false, second_region = false, cdn = false, container_insights = false, dashboard = false
    }
  }
  expect_failures = [
    var.environment, var.region, var.account_id, var.zones, var.vpc_cidr, var.interface_endpoints, var.kafka_bootstrap,
    var.log_retention_days, var.compute_limit_dollars, var.domain_name, var.load_balancer, var.alert_emails,
    var.administrator_role_arns, var.public_access_cidrs, var.database_password, var.secret_key, var.cache_auth_token,
    var.secret_generation, var.features,
  ]
}
