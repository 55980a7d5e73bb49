output "bootstrap_brokers" {
  description = "Brokers as host:port, for TLS with IAM authentication."
  value       = aws_msk_cluster.this.bootstrap_brokers_sasl_iam
}

output "cluster_arn" {
  description = "The cluster."
  value       = aws_msk_cluster.this.arn
}

output "cluster_name" {
  description = "Name of the cluster, for alarms."
  value       = aws_msk_cluster.this.cluster_name
}

output "brokers" {
  description = "How many brokers there are."
  value       = aws_msk_cluster.this.number_of_broker_nodes
}
