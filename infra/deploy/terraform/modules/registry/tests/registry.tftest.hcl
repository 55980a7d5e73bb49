mock_provider "aws" {
  source = "../../testing"
}

variables {
  data_key_arn            = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000001"
  administrator_role_arns = ["arn:aws:iam::111122223333:role/deployer"]
}

run "images_are_scanned_and_never_replaced" {
  assert {
    condition     = aws_ecr_repository.this.name == "taskwire"
    error_message = "The manifests pull taskwire."
  }

  assert {
    condition     = aws_ecr_repository.this.image_tag_mutability == "IMMUTABLE" && aws_ecr_repository.this.image_scanning_configuration[0].scan_on_push
    error_message = "A tag names one image for ever, and each image is scanned."
  }

  assert {
    condition     = aws_ecr_repository.this.encryption_configuration[0].encryption_type == "KMS" && aws_ecr_repository.this.encryption_configuration[0].kms_key == var.data_key_arn
    error_message = "Images are encrypted with our key."
  }

  assert {
    condition     = jsondecode(aws_ecr_lifecycle_policy.this.policy).rules[1].selection.countNumber == 30
    error_message = "Thirty images are kept."
  }

  assert {
    condition     = jsondecode(aws_ecr_repository_policy.this.policy).Statement[0].Effect == "Deny" && contains(jsondecode(aws_ecr_repository_policy.this.policy).Statement[0].Action, "ecr:BatchDeleteImage")
    error_message = "Only administrators delete images."
  }
}

run "refuses_bad_values" {
  command = plan
  variables {
    repository_name         = "Task Wire"
    kept_images             = 1
    data_key_arn            = "key"
    administrator_role_arns = ["me"]
  }
  expect_failures = [var.repository_name, var.kept_images, var.data_key_arn, var.administrator_role_arns]
}
