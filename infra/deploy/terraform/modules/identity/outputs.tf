output "role_arns" {
  description = "Role by service account, for the annotation eks.amazonaws.com/role-arn."
  value       = { for workload, role in aws_iam_role.workload : workload => role.arn }
}
