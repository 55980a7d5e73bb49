# A role for each service account that calls AWS. A pod gets it through a token of the cluster's own
# issuer, so no key is stored anywhere, and no pod inherits what the nodes may do.

locals {
  issuer = trimprefix(var.oidc_issuer_url, "https://")

  namespace_by_workload = merge(
    { for workload in keys(local.statements_by_workload) : workload => "taskwire" },
    {
      external-secrets             = "external-secrets"
      aws-load-balancer-controller = "kube-system"
      cluster-autoscaler           = "kube-system"
    },
  )

  statements_by_role = merge(local.statements_by_workload, local.statements_by_controller)
}

resource "aws_iam_role" "workload" {
  for_each = local.statements_by_role

  name                 = "${var.name}-${each.key}"
  description          = "Service account ${local.namespace_by_workload[each.key]}/${each.key}"
  max_session_duration = 3600

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = var.oidc_provider_arn }
      Condition = {
        StringEquals = {
          "${local.issuer}:aud" = "sts.amazonaws.com"
          "${local.issuer}:sub" = "system:serviceaccount:${local.namespace_by_workload[each.key]}:${each.key}"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "workload" {
  for_each = local.statements_by_role

  name = "least-privilege"
  role = aws_iam_role.workload[each.key].id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = each.value
  })
}
