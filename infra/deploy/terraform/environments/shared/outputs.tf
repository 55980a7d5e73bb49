output "cluster_name" {
  description = "Name of the cluster, for aws eks update-kubeconfig."
  value       = module.taskwire.cluster_name
}

output "role_arns" {
  description = "Role by service account, for the annotation eks.amazonaws.com/role-arn."
  value       = module.taskwire.role_arns
}

output "app_secret_name" {
  description = "Secret that External Secrets copies into the cluster."
  value       = module.taskwire.app_secret_name
}

output "administrator_secret_arn" {
  description = "Secret with the password of the database administrator, to make the role of the application with."
  value       = module.taskwire.administrator_secret_arn
}

output "repository_url" {
  description = "Where images are pushed to and pulled from."
  value       = module.taskwire.repository_url
}

output "bucket_names" {
  description = "Bucket by purpose: attachments, backups."
  value       = module.taskwire.bucket_names
}

output "certificate_arn" {
  description = "Certificate for the Ingress annotation certificate-arn."
  value       = module.taskwire.certificate_arn
}

output "load_balancer_security_group_id" {
  description = "Security group for the Ingress annotation security-groups."
  value       = module.taskwire.load_balancer_security_group_id
}

output "name_servers" {
  description = "Servers of the zone, for the NS record in the parent zone."
  value       = module.taskwire.name_servers
}

output "assets_url" {
  description = "Where the client's files are served near the reader, or null."
  value       = module.taskwire.assets_url
}

output "nat_addresses" {
  description = "Public addresses webhooks come from."
  value       = module.taskwire.nat_addresses
}

output "alarm_topic_arn" {
  description = "Topic of alarms and budgets."
  value       = module.taskwire.alarm_topic_arn
}

output "sizes" {
  description = "What was built, for the log of a deployment."
  value       = module.taskwire.sizes
}
