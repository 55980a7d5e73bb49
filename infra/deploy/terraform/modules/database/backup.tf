# Aurora's own backups live and die with the cluster and its region. These do not.

resource "aws_backup_vault" "this" {
  name        = var.name
  kms_key_arn = var.data_key_arn
}

resource "aws_backup_vault" "replica" {
  provider = aws.replica
  count    = var.has_cross_region_copy ? 1 : 0

  name        = var.name
  kms_key_arn = var.replica_key_arn
}

# Whoever may delete the database may not delete its backups before their time.
resource "aws_backup_vault_lock_configuration" "this" {
  count = var.is_protected ? 1 : 0

  backup_vault_name  = aws_backup_vault.this.name
  min_retention_days = 7
}

resource "aws_backup_vault_lock_configuration" "replica" {
  provider = aws.replica
  count    = var.is_protected && var.has_cross_region_copy ? 1 : 0

  backup_vault_name  = aws_backup_vault.replica[0].name
  min_retention_days = 7
}

resource "aws_backup_plan" "this" {
  name = "${var.name}-database"

  rule {
    rule_name         = "nightly"
    target_vault_name = aws_backup_vault.this.name
    schedule          = "cron(0 3 * * ? *)"
    start_window      = 60
    completion_window = 240

    lifecycle {
      delete_after = var.backup_retention_days
    }

    dynamic "copy_action" {
      for_each = aws_backup_vault.replica
      content {
        destination_vault_arn = copy_action.value.arn

        lifecycle {
          delete_after = var.backup_retention_days
        }
      }
    }
  }
}

resource "aws_iam_role" "backup" {
  name = "${var.name}-database-backup"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "backup.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "backup" {
  for_each = toset(["AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForRestores"])

  role       = aws_iam_role.backup.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/${each.key}"
}

resource "aws_backup_selection" "this" {
  name         = "database"
  plan_id      = aws_backup_plan.this.id
  iam_role_arn = aws_iam_role.backup.arn
  resources    = [aws_rds_cluster.this.arn]
}
