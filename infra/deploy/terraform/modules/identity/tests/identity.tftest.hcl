mock_provider "aws" {
  source = "../../testing"
}

variables {
  name              = "taskwire-uat"
  region            = "us-east-1"
  account_id        = "111122223333"
  environment       = "uat"
  data_key_arn      = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000001"
  oidc_provider_arn = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/TEST"
  oidc_issuer_url   = "https://oidc.eks.us-east-1.amazonaws.com/id/TEST"
  bucket_names      = { attachments = "taskwire-uat-attachments-111122223333", backups = "taskwire-uat-backups-111122223333" }
}

run "roles_and_their_trust" {
  assert {
    condition = toset([for role in values(aws_iam_role.workload) : role.name]) == toset([
      "taskwire-uat-web", "taskwire-uat-relay", "taskwire-uat-bridge", "taskwire-uat-worker", "taskwire-uat-backup",
      "taskwire-uat-external-secrets", "taskwire-uat-aws-load-balancer-controller", "taskwire-uat-cluster-autoscaler",
    ])
    error_message = "The manifests name these roles."
  }

  assert {
    condition = jsondecode(aws_iam_role.workload["relay"].assume_role_policy).Statement[0].Condition.StringEquals == {
      "oidc.eks.us-east-1.amazonaws.com/id/TEST:aud" = "sts.amazonaws.com"
      "oidc.eks.us-east-1.amazonaws.com/id/TEST:sub" = "system:serviceaccount:taskwire:relay"
    }
    error_message = "Exactly one service account may take the role."
  }
}

run "least_privilege" {
  assert {
    condition = alltrue(flatten([
      for workload in ["web", "relay", "bridge", "worker", "backup", "external-secrets"] : [
        for statement in jsondecode(aws_iam_role_policy.workload[workload].policy).Statement : [
          for action in statement.Action : !strcontains(action, "*")
        ]
      ]
    ]))
    error_message = "Actions are named one by one."
  }

  assert {
    condition = alltrue(flatten([
      for workload in ["web", "relay", "bridge", "worker", "backup", "external-secrets"] : [
        for statement in jsondecode(aws_iam_role_policy.workload[workload].policy).Statement : !contains(statement.Resource, "*")
      ]
    ]))
    error_message = "No workload may act on every resource."
  }

  assert {
    condition = alltrue(flatten([
      for policy in values(aws_iam_role_policy.workload) : [
        for statement in jsondecode(policy.policy).Statement : [
          for action in statement.Action :
          !contains(statement.Resource, "*") || can(regex(":(Describe|List|Get)", action))
        ]
      ]
    ]))
    error_message = "Only looking is allowed everywhere."
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.workload["backup"].policy, "Delete")
    error_message = "A backup cannot be deleted by whoever makes it."
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.workload["web"].policy, "kafka") && !strcontains(aws_iam_role_policy.workload["web"].policy, "backups")
    error_message = "The web pods reach neither Kafka nor the backups."
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.workload["bridge"].policy, "WriteData") && strcontains(aws_iam_role_policy.workload["relay"].policy, "kafka-cluster:WriteDataIdempotently")
    error_message = "The relay writes events, the bridge reads them."
  }

  assert {
    condition = alltrue(flatten([
      for policy in values(aws_iam_role_policy.workload) : [
        for statement in jsondecode(policy.policy).Statement :
        can(statement.Condition.StringEquals["kms:ViaService"]) if anytrue([for action in statement.Action : startswith(action, "kms:")])
      ]
    ]))
    error_message = "The data key is used through S3 and Secrets Manager only."
  }
}

run "refuses_bad_values" {
  command = plan
  variables {
    environment       = "staging"
    oidc_provider_arn = "arn:aws:iam::1:role/x"
    oidc_issuer_url   = "http://issuer"
    bucket_names      = { attachments = "Not_A_Bucket", backups = "b" }
  }
  expect_failures = [var.environment, var.oidc_provider_arn, var.oidc_issuer_url, var.bucket_names]
}

run "refuses_other_bad_values" {
  command = plan
  variables {
    name         = "x"
    region       = "r"
    account_id   = "1"
    data_key_arn = "key"
  }
  expect_failures = [var.name, var.region, var.account_id, var.data_key_arn]
}
