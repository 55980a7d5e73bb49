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

run "prod" {
  assert {
    condition     = output.sizes.is_protected && output.sizes.backup_retention_days == 30
    error_message = "Protected from deletion, restorable for thirty days."
  }

  assert {
    condition     = output.sizes.nodes["general"].min_nodes == 3 && output.sizes.nodes["general"].capacity_type == "ON_DEMAND" && output.sizes.nodes["general"].instance_types[0] == "t3.medium"
    error_message = "Three t3.medium that nobody takes away."
  }

  assert {
    condition     = output.sizes.database_instances == ["db.t4g.medium", "db.t4g.medium"] && output.sizes.cache_nodes == 2 && output.sizes.kafka_brokers == 3 && output.sizes.nat_gateways == 3
    error_message = "Everything fails over."
  }

  assert {
    condition     = output.sizes.has_replicas && output.sizes.alarms == 8
    error_message = "Copied to a second region, and watched."
  }

  assert {
    condition     = toset(keys(output.role_arns)) == toset(["web", "relay", "bridge", "worker", "backup", "external-secrets", "aws-load-balancer-controller", "cluster-autoscaler"])
    error_message = "A role for each service account."
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
