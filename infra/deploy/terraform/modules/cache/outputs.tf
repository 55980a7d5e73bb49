output "primary_host" {
  description = "Host that takes writes."
  value       = aws_elasticache_replication_group.this.primary_endpoint_address
}

output "replication_group_id" {
  description = "Id of the group, for alarms."
  value       = aws_elasticache_replication_group.this.replication_group_id
}

output "nodes" {
  description = "How many nodes there are."
  value       = aws_elasticache_replication_group.this.num_cache_clusters
}
