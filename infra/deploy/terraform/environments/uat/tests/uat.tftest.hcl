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

run "uat" {
  assert {
    condition     = output.sizes.nodes["general"].min_nodes == 2 && output.sizes.nodes["general"].max_nodes == 5 && output.sizes.nodes["general"].instance_types[0] == "t3.small"
    error_message = "Two to five t3.small."
  }

  assert {
    condition     = output.sizes.nodes["general"].capacity_type == "SPOT"
    error_message = "On spot capacity."
  }

  assert {
    condition     = output.sizes.kafka_brokers == 3 && output.sizes.cache_nodes == 2 && output.sizes.has_replicas
    error_message = "Fails over and replicates as production does."
  }

  assert {
    condition     = output.sizes.backup_retention_days == 30
    error_message = "Restorable for thirty days."
  }

  assert {
    condition     = output.bucket_names.backups == "taskwire-uat-backups-111122223333"
    error_message = "Its own buckets."
  }
}

run "refuses_bad_values" {
  command = plan
  variables {
    account_id              = "1"
    domain_name             = "Tasks"
    load_balancer           = { dns_name = "x", zone_id = "y", name = "z" }
    alert_emails            = []
    administrator_role_arns = []
    public_access_cidrs     = ["0.0.0.0/0"]
    database_password       = "short"
    secret_key              = "short"
    cache_auth_token        = "short"
    secret_generation       = 0
  }
  expect_failures = [
    var.account_id, var.domain_name, var.load_balancer, var.alert_emails, var.administrator_role_arns,
    var.public_access_cidrs, var.database_password, var.secret_key, var.cache_auth_token, var.secret_generation,
  ]
}
