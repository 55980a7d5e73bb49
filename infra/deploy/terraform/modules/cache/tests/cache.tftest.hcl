mock_provider "aws" {
  source = "../../testing"
}

variables {
  name               = "taskwire-test"
  subnet_ids         = ["subnet-1", "subnet-2", "subnet-3"]
  security_group_ids = ["sg-0123456789abcdef0"]
  data_key_arn       = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000001"
  log_key_arn        = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000001"
  auth_token         = "abcdefghijklmnopqrstuvwxyz0123456789"
}

run "encrypted_and_authenticated" {
  assert {
    condition     = aws_elasticache_replication_group.this.transit_encryption_enabled && aws_elasticache_replication_group.this.at_rest_encryption_enabled == "true" && aws_elasticache_replication_group.this.kms_key_id == var.data_key_arn
    error_message = "Encrypted on the way and at rest."
  }

  assert {
    condition     = aws_elasticache_replication_group.this.auth_token == var.auth_token
    error_message = "Clients present a token."
  }

  assert {
    condition     = !aws_elasticache_replication_group.this.multi_az_enabled
    error_message = "One node cannot fail over."
  }
}

run "fails_over_with_a_second_node" {
  variables {
    nodes     = 2
    node_type = "cache.t4g.small"
  }

  assert {
    condition     = aws_elasticache_replication_group.this.automatic_failover_enabled && aws_elasticache_replication_group.this.multi_az_enabled
    error_message = "The second node stands in another zone and takes over."
  }
}

run "refuses_a_short_token" {
  command = plan
  variables {
    auth_token = "short"
  }
  expect_failures = [var.auth_token]
}

run "refuses_other_bad_values" {
  command = plan
  variables {
    name               = "x"
    subnet_ids         = []
    security_group_ids = []
    data_key_arn       = "key"
    log_key_arn        = "key"
    log_retention_days = 2
    node_type          = "db.t4g.micro"
    nodes              = 0
  }
  expect_failures = [
    var.name, var.subnet_ids, var.security_group_ids, var.data_key_arn, var.log_key_arn, var.log_retention_days,
    var.node_type, var.nodes,
  ]
}
