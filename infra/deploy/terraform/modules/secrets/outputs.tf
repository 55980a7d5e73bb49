output "app_secret_arn" {
  description = "The secret that External Secrets copies into the cluster."
  value       = aws_secretsmanager_secret.app.arn
}

output "app_secret_name" {
  description = "Its name, as the manifests use it."
  value       = aws_secretsmanager_secret.app.name
}
