output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "private_subnet_ids" {
  description = "Subnets of the nodes, in the order of the zones."
  value       = [for zone in var.zones : aws_subnet.private[zone].id]
}

output "public_subnet_ids" {
  description = "Subnets of the load balancer, in the order of the zones."
  value       = [for zone in var.zones : aws_subnet.public[zone].id]
}

output "database_subnet_ids" {
  description = "Subnets of the database, the cache and the brokers, in the order of the zones."
  value       = [for zone in var.zones : aws_subnet.database[zone].id]
}

output "workloads_security_group_id" {
  description = "Security group of the nodes; the data services accept nothing else."
  value       = aws_security_group.workloads.id
}

output "load_balancer_security_group_id" {
  description = "Security group for the Ingress annotation security-groups."
  value       = aws_security_group.load_balancer.id
}

output "data_security_group_ids" {
  description = "Security group by data service: database, cache, messaging."
  value       = { for service, group in aws_security_group.data : service => group.id }
}

output "nat_addresses" {
  description = "Public addresses the workloads are seen under, for receivers of webhooks that allow-list."
  value       = [for address in aws_eip.nat : address.public_ip]
}
