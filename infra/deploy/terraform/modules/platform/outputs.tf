output "cluster_name" {
  description = "Name of the cluster, for aws eks update-kubeconfig."
  value       = module.eks.cluster_name
}

output "role_arns" {
  description = "Role by service account, for the annotation eks.amazonaws.com/role-arn."
  value       = module.identity.role_arns
}

output "app_secret_name" {
  description = "Secret that External Secrets copies into the cluster."
  value       = module.secrets.app_secret_name
}

output "administrator_secret_arn" {
  description = "Secret with the password of the database administrator, to make the role of the application with."
  value       = module.database.administrator_secret_arn
}

output "repository_url" {
  description = "Where images are pushed to and pulled from."
  value       = module.registry["taskwire"].repository_url
}

output "bucket_names" {
  description = "Bucket by purpose: attachments, backups."
  value       = module.storage.bucket_names
}

output "certificate_arn" {
  description = "Certificate for the Ingress annotation certificate-arn."
  value       = module.dns.certificate_arn
}

output "load_balancer_security_group_id" {
  description = "Security group for the Ingress annotation security-groups."
  value       = module.network.load_balancer_security_group_id
}

output "name_servers" {
  description = "Servers of the zone, for the NS record in the parent zone."
  value       = module.dns.name_servers
}

output "assets_url" {
  description = "Where the client's files are served near the reader, or null."
  value       = module.dns.assets_url
}

output "nat_addresses" {
  description = "Public addresses webhooks come from."
  value       = module.network.nat_addresses
}

output "alarm_topic_arn" {
  description = "Topic of alarms and budgets."
  value       = module.observability.alarm_topic_arn
}

output "sizes" {
  description = "What was built, for the log of a deployment."
  value = {
    nodes                 = module.eks.node_groups
    database_instances    = module.database.instance_classes
    backup_retention_days = module.database.backup_retention_days
    is_protected          = module.database.is_protected
    cache_nodes           = module.cache.nodes
    kafka_brokers         = one(module.messaging[*].brokers)
    nat_gateways          = length(module.network.nat_addresses)
    has_replicas          = length(module.storage.replica_bucket_names) > 0
    alarms                = length(module.observability.alarm_names)
  }
}
