output "cluster_name" {
  description = "Name of the cluster, for aws eks update-kubeconfig."
  value       = aws_eks_cluster.this.name
}

output "cluster_endpoint" {
  description = "Address of the API server."
  value       = aws_eks_cluster.this.endpoint
}

output "oidc_provider_arn" {
  description = "IAM provider that trusts the cluster's token issuer."
  value       = aws_iam_openid_connect_provider.this.arn
}

output "oidc_issuer_url" {
  description = "Address of the cluster's token issuer."
  value       = aws_eks_cluster.this.identity[0].oidc[0].issuer
}

output "node_groups" {
  description = "What each group of nodes is made of."
  value = {
    for name, group in aws_eks_node_group.this : name => {
      instance_types = group.instance_types
      capacity_type  = group.capacity_type
      min_nodes      = group.scaling_config[0].min_size
      max_nodes      = group.scaling_config[0].max_size
    }
  }
}
