output "primary_host" {
  description = "Host that takes writes."
  value       = aws_elasticache_replication_group.this.primary_endpoint_address
}

output "replication_group_id" {
  description = "Id of the group, for alarms."
  value       = aws_elasticache_replication_group.this.replication_group_id
}
