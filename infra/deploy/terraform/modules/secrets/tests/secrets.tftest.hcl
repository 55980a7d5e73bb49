mock_provider "aws" {
  source = "../../testing"
}

variables {
  environment       = "prod"
  data_key_arn      = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000001"
  database          = { host = "writer.example.internal", name = "taskwire", role = "taskwire" }
  database_password = "p@ss/word with:signs-0123456789"
  cache_host        = "cache.example.internal"
  cache_auth_token  = "abcdefghijklmnopqrstuvwxyz0123456789"
  kafka_bootstrap   = "b-1.example.internal:9098,b-2.example.internal:9098"
  secret_key        = "0123456789abcdef0123456789abcdefXYZ"

  database_ca        = "-----BEGIN CERTIFICATE-----"
  backup_certificate = "-----BEGIN CERTIFICATE-----"
}

run "the_secret" {
  assert {
    condition     = aws_secretsmanager_secret.app.name == "taskwire/prod/app"
    error_message = "The manifests look for taskwire/<environment>/app."
  }

  assert {
    condition     = aws_secretsmanager_secret.app.kms_key_id == var.data_key_arn && aws_secretsmanager_secret.app.recovery_window_in_days == 30
    error_message = "Encrypted with our key, and recoverable for thirty days."
  }

  assert {
    condition     = aws_secretsmanager_secret_version.app.secret_string == null || aws_secretsmanager_secret_version.app.secret_string == ""
    error_message = "The values never reach the state."
  }

  assert {
    condition     = local.redis_url == "rediss://:abcdefghijklmnopqrstuvwxyz0123456789@cache.example.internal:6379/0"
    error_message = "The cache is reached over TLS, with the token."
  }
}

run "a_new_generation_writes_again" {
  variables {
    generation = 2
  }

  assert {
    condition     = aws_secretsmanager_secret_version.app.secret_string_wo_version == 2
    error_message = "The number decides when values are written."
  }
}

run "refuses_weak_secrets" {
  command = plan
  variables {
    database_password = "short"
    secret_key        = "short"
    cache_auth_token  = "short"
  }
  expect_failures = [var.database_password, var.secret_key, var.cache_auth_token]
}

run "refuses_other_bad_values" {
  command = plan
  variables {
    environment     = "staging"
    data_key_arn    = "key"
    kafka_bootstrap = "kafka://broker"
    cache_host      = ""
    generation      = 0
    database        = { host = "h", name = "Task-Wire", role = "x" }

    database_ca        = "ca.pem"
    backup_certificate = "-----BEGIN PRIVATE KEY-----"
  }
  expect_failures = [
    var.environment, var.data_key_arn, var.kafka_bootstrap, var.cache_host, var.generation, var.database,
    var.database_ca, var.backup_certificate,
  ]
}
