mock_provider "aws" {
  source = "../../testing"
}

mock_provider "aws" {
  alias  = "replica"
  source = "../../testing"
}

variables {
  name       = "taskwire-test"
  region     = "us-east-1"
  account_id = "111122223333"
}

run "keys_and_trail" {
  assert {
    condition     = alltrue([for key in concat(values(aws_kms_key.this), [aws_kms_key.replica]) : key.enable_key_rotation && key.deletion_window_in_days == 30])
    error_message = "Keys rotate, and can be saved for thirty days."
  }

  assert {
    condition     = toset(keys(aws_kms_key.this)) == toset(["data", "cluster", "logs"])
    error_message = "Data, cluster and logs have a key each."
  }

  assert {
    condition = alltrue(flatten([
      for key in values(aws_kms_key.this) : [
        for statement in jsondecode(key.policy).Statement :
        !can(statement.Principal.Service) || can(statement.Condition)
      ]
    ]))
    error_message = "A service may use a key under a condition only."
  }

  assert {
    condition     = length(jsondecode(aws_kms_key.this["data"].policy).Statement) == 1
    error_message = "No service is let at the data key by its policy."
  }

  assert {
    condition     = aws_cloudtrail.this.is_multi_region_trail && aws_cloudtrail.this.enable_log_file_validation && aws_cloudtrail.this.kms_key_id == aws_kms_key.this["logs"].arn
    error_message = "The trail covers all regions, is signed and encrypted."
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.trail.block_public_acls,
      aws_s3_bucket_public_access_block.trail.block_public_policy,
      aws_s3_bucket_public_access_block.trail.ignore_public_acls,
      aws_s3_bucket_public_access_block.trail.restrict_public_buckets,
    ])
    error_message = "The trail's bucket is private."
  }

  assert {
    condition     = jsondecode(aws_s3_bucket_policy.trail.policy).Statement[0].Effect == "Deny" && jsondecode(aws_s3_bucket_policy.trail.policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false"
    error_message = "The trail's bucket refuses requests without TLS."
  }

  assert {
    condition     = length(aws_guardduty_detector.this) == 0
    error_message = "GuardDuty costs, so it is asked for."
  }
}

run "guardduty_when_asked" {
  variables {
    has_guardduty = true
  }

  assert {
    condition     = aws_guardduty_detector.this[0].enable && aws_guardduty_detector_feature.kubernetes_audit[0].status == "ENABLED"
    error_message = "The detector reads the cluster's audit log too."
  }
}

run "refuses_a_short_memory" {
  command = plan
  variables {
    trail_retention_days = 30
  }
  expect_failures = [var.trail_retention_days]
}

run "refuses_other_bad_values" {
  command = plan
  variables {
    name       = "x"
    region     = "us-east"
    account_id = "1111-2222-3333"
  }
  expect_failures = [var.name, var.region, var.account_id]
}
