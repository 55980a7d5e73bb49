output "writer_host" {
  description = "Host that takes reads and writes."
  value       = aws_rds_cluster.this.endpoint
}

output "reader_host" {
  description = "Host that spreads reads over the readers."
  value       = aws_rds_cluster.this.reader_endpoint
}

output "database_name" {
  description = "Name of the database."
  value       = aws_rds_cluster.this.database_name
}

output "cluster_identifier" {
  description = "Identifier of the cluster, for alarms and restores."
  value       = aws_rds_cluster.this.cluster_identifier
}

output "administrator_secret_arn" {
  description = "Secret with the password of the administrator, kept by RDS."
  value       = try(aws_rds_cluster.this.master_user_secret[0].secret_arn, null)
}

output "backup_vault_arns" {
  description = "Vaults that hold the nightly backups, here and in the second region."
  value       = concat([aws_backup_vault.this.arn], aws_backup_vault.replica[*].arn)
}

output "is_protected" {
  description = "Whether deletion is refused."
  value       = aws_rds_cluster.this.deletion_protection
}

output "backup_retention_days" {
  description = "Days back to which the cluster can be restored."
  value       = aws_rds_cluster.this.backup_retention_period
}

output "instance_classes" {
  description = "Class of the writer and of each reader."
  value       = [for instance in aws_rds_cluster_instance.this : instance.instance_class]
}
