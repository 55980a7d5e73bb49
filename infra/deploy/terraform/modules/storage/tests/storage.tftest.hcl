mock_provider "aws" {
  source = "../../testing"
}

mock_provider "aws" {
  alias  = "replica"
  source = "../../testing"
}

variables {
  name            = "taskwire-prod"
  account_id      = "111122223333"
  data_key_arn    = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000001"
  replica_key_arn = "arn:aws:kms:us-west-2:111122223333:key/00000000-0000-4000-8000-000000000002"
  allowed_origins = ["https://tasks.example.com"]
}

run "buckets" {
  assert {
    condition     = output.bucket_names == { attachments = "taskwire-prod-attachments-111122223333", backups = "taskwire-prod-backups-111122223333" }
    error_message = "The manifests use these names."
  }

  assert {
    condition = alltrue([
      for block in concat(values(aws_s3_bucket_public_access_block.this), values(aws_s3_bucket_public_access_block.replica)) :
      block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets
    ])
    error_message = "No bucket can be made public."
  }

  assert {
    condition = alltrue([
      for encryption in values(aws_s3_bucket_server_side_encryption_configuration.this) :
      one(encryption.rule).apply_server_side_encryption_by_default[0].kms_master_key_id == var.data_key_arn
    ])
    error_message = "Objects are encrypted with our key."
  }

  assert {
    condition = alltrue([
      for versioning in concat(values(aws_s3_bucket_versioning.this), values(aws_s3_bucket_versioning.replica)) :
      versioning.versioning_configuration[0].status == "Enabled"
    ])
    error_message = "What is overwritten can be had back."
  }

  assert {
    condition = {
      for rule in aws_s3_bucket_lifecycle_configuration.this["backups"].rule : rule.filter[0].prefix => rule.expiration[0].days if length(rule.expiration) > 0
    } == { "physical/" = 31, "logical/" = 31, "wal/" = 31, "state/" = 90, "secrets/" = 90 }
    error_message = "One can go back thirty days, and ninety for the state and the secrets."
  }

  assert {
    condition     = length(flatten([for rule in aws_s3_bucket_lifecycle_configuration.this["attachments"].rule : rule.expiration])) == 0
    error_message = "Attachments never go by themselves."
  }

  assert {
    condition     = alltrue([for policy in values(aws_s3_bucket_policy.this) : jsondecode(policy.policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false"])
    error_message = "Requests without TLS are refused."
  }

  assert {
    condition     = alltrue([for bucket in values(aws_s3_bucket.this) : !bucket.force_destroy])
    error_message = "Buckets with objects refuse to be destroyed."
  }
}

run "replication" {
  assert {
    condition     = toset(keys(aws_s3_bucket_replication_configuration.this)) == toset(["attachments", "backups"])
    error_message = "Both buckets are copied to the second region."
  }

  assert {
    condition = alltrue([
      for replication in values(aws_s3_bucket_replication_configuration.this) :
      replication.rule[0].delete_marker_replication[0].status == "Disabled" && replication.rule[0].destination[0].encryption_configuration[0].replica_kms_key_id == var.replica_key_arn
    ])
    error_message = "Deletions stay here; copies are encrypted with the second region's key."
  }
}

run "without_replication" {
  variables {
    has_replication = false
  }

  assert {
    condition     = length(aws_s3_bucket.replica) == 0 && length(aws_iam_role.replication) == 0
    error_message = "Nothing is made in the second region."
  }
}

run "refuses_any_origin" {
  command = plan
  variables {
    allowed_origins = ["*"]
  }
  expect_failures = [var.allowed_origins]
}

run "refuses_other_bad_values" {
  command = plan
  variables {
    name                  = "x"
    account_id            = "1"
    data_key_arn          = "key"
    replica_key_arn       = "key"
    backup_retention_days = 1
  }
  expect_failures = [var.name, var.account_id, var.data_key_arn, var.replica_key_arn, var.backup_retention_days]
}
