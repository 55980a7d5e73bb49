# One secret holds what the pods need; External Secrets copies it into the cluster. Its values are
# write-only: they pass through Terraform and are in neither plan nor state.

locals {
  # Where the manifests mount database-ca.
  database_ca_path = "/etc/taskwire/database/ca.pem"
  database_url = format(
    "postgresql://%s:%s@%s:5432/%s?sslmode=verify-full&sslrootcert=%s", # pragma: allowlist secret
    var.database.role, urlencode(var.database_password), var.database.host, var.database.name,
    local.database_ca_path,
  )
  redis_url = "rediss://:${urlencode(var.cache_auth_token)}@${var.cache_host}:6379/0"
}

resource "aws_secretsmanager_secret" "app" {
  #checkov:skip=CKV2_AWS_57:Its parts rotate together with the services they belong to; see the rotation steps in README.md
  name                    = "taskwire/${var.environment}/app"
  description             = "What the pods of Taskwire connect with"
  kms_key_id              = var.data_key_arn
  recovery_window_in_days = var.environment == "prod" ? 30 : 7
}

resource "aws_secretsmanager_secret_version" "app" {
  secret_id = aws_secretsmanager_secret.app.id

  secret_string_wo = jsonencode({
    "database-url"       = local.database_url
    "database-ca"        = var.database_ca
    "redis-url"          = local.redis_url
    "secret-key"         = var.secret_key
    "kafka-bootstrap"    = var.kafka_bootstrap
    "backup-certificate" = var.backup_certificate
  })
  # Terraform cannot compare what it does not keep: a higher number writes the values again.
  secret_string_wo_version = var.generation
}
