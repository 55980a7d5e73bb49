mock_provider "aws" {
  source = "../testing"
}

variables {
  region             = "us-east-1"
  account_id         = "111122223333"
  deployer_role_arns = ["arn:aws:iam::111122223333:role/deployer"]
}

run "a_bucket_for_states" {
  command = plan

  assert {
    condition     = aws_s3_bucket.state.bucket == "taskwire-terraform-state-111122223333" && !aws_s3_bucket.state.force_destroy
    error_message = "One bucket, which does not go while it holds states."
  }

  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled"
    error_message = "A damaged state is had back from its versions."
  }

  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms"
    error_message = "States are encrypted."
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.state.block_public_acls,
      aws_s3_bucket_public_access_block.state.block_public_policy,
      aws_s3_bucket_public_access_block.state.ignore_public_acls,
      aws_s3_bucket_public_access_block.state.restrict_public_buckets,
    ])
    error_message = "The bucket is private."
  }

  assert {
    condition     = contains(jsondecode(aws_s3_bucket_policy.state.policy).Statement[1].Condition.ArnNotLike["aws:PrincipalArn"], "arn:aws:iam::111122223333:role/deployer")
    error_message = "Only deployers read states."
  }
}

run "refuses_bad_values" {
  command = plan
  variables {
    region             = "r"
    account_id         = "1"
    deployer_role_arns = []
    kept_days          = 1
  }
  expect_failures = [var.region, var.account_id, var.deployer_role_arns, var.kept_days]
}
