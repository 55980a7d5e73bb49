locals {
  issuer = trimprefix(aws_eks_cluster.this.identity[0].oidc[0].issuer, "https://")

  policy_and_account_by_addon = merge(
    {
      vpc-cni = {
        policy  = "AmazonEKS_CNI_Policy"
        account = "kube-system:aws-node"
      }
      aws-ebs-csi-driver = {
        policy  = "service-role/AmazonEBSCSIDriverPolicy"
        account = "kube-system:ebs-csi-controller-sa"
      }
    },
    var.has_container_insights ? {
      amazon-cloudwatch-observability = {
        policy  = "CloudWatchAgentServerPolicy"
        account = "amazon-cloudwatch:cloudwatch-agent"
      }
    } : {},
  )
}

resource "aws_iam_role" "addon" {
  for_each = local.policy_and_account_by_addon

  name = "${var.name}-addon-${each.key}"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = aws_iam_openid_connect_provider.this.arn }
      Condition = {
        StringEquals = {
          "${local.issuer}:aud" = "sts.amazonaws.com"
          "${local.issuer}:sub" = "system:serviceaccount:${each.value.account}"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "addon" {
  for_each = local.policy_and_account_by_addon

  role       = aws_iam_role.addon[each.key].name
  policy_arn = "arn:aws:iam::aws:policy/${each.value.policy}"
}

# Before the nodes: without it they never become ready.
resource "aws_eks_addon" "vpc_cni" {
  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = "vpc-cni"
  service_account_role_arn    = aws_iam_role.addon["vpc-cni"].arn
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  configuration_values = jsonencode({
    # Sixteen addresses at a time: a t3.micro has room for four pods otherwise.
    env = {
      ENABLE_PREFIX_DELEGATION = "true"
      WARM_PREFIX_TARGET       = "1"
    }
    # The default-deny policies of the manifests are enforced by it.
    enableNetworkPolicy = "true"
  })

  depends_on = [aws_iam_role_policy_attachment.addon]
}

resource "aws_eks_addon" "kube_proxy" {
  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = "kube-proxy"
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"
}

resource "aws_eks_addon" "on_nodes" {
  for_each = toset(concat(
    ["coredns", "metrics-server", "aws-ebs-csi-driver"],
    var.has_container_insights ? ["amazon-cloudwatch-observability"] : [],
  ))

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  service_account_role_arn    = try(aws_iam_role.addon[each.key].arn, null)
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  depends_on = [aws_eks_node_group.this, aws_iam_role_policy_attachment.addon]
}
