locals {
  family        = "aurora-postgresql${split(".", var.engine_version)[0]}"
  is_serverless = var.instance_class == "db.serverless"
  # The writer, then the readers.
  instances = { for number in range(1 + var.readers) : format("%02d", number + 1) => number }
}

resource "aws_db_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_rds_cluster_parameter_group" "this" {
  name_prefix = "${var.name}-"
  family      = local.family
  description = "TLS only, and what a slow statement was"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name  = "log_min_duration_statement"
    value = "500"
  }

  parameter {
    name  = "log_statement"
    value = "ddl"
  }

  parameter {
    name  = "log_lock_waits"
    value = "1"
  }

  # A forgotten transaction holds back vacuum; no use case takes a minute.
  parameter {
    name  = "idle_in_transaction_session_timeout"
    value = "60000"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "postgresql" {
  #checkov:skip=CKV_AWS_338:The retention is the environment's choice, a year in production
  # Aurora writes to exactly this name, and would make it without retention or key.
  name              = "/aws/rds/cluster/${var.name}/postgresql"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_key_arn
}

resource "aws_rds_cluster" "this" {
  #checkov:skip=CKV_AWS_139:Protection is the environment's choice; production is refused without it
  cluster_identifier = var.name
  engine             = "aurora-postgresql"
  engine_version     = var.engine_version
  database_name      = var.database_name
  port               = 5432

  db_subnet_group_name            = aws_db_subnet_group.this.name
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.this.name
  vpc_security_group_ids          = var.security_group_ids

  # Made and rotated by RDS in Secrets Manager; the application has a role of its own.
  master_username               = "taskwire_admin"
  manage_master_user_password   = true
  master_user_secret_kms_key_id = var.data_key_arn

  iam_database_authentication_enabled = true

  storage_encrypted = true
  kms_key_id        = var.data_key_arn

  # Also the window of point-in-time recovery.
  backup_retention_period      = var.backup_retention_days
  preferred_backup_window      = "02:00-03:00"
  preferred_maintenance_window = "sun:04:00-sun:05:00"
  copy_tags_to_snapshot        = true
  delete_automated_backups     = !var.is_protected

  deletion_protection       = var.is_protected
  skip_final_snapshot       = !var.is_protected
  final_snapshot_identifier = var.is_protected ? "${var.name}-final" : null

  enabled_cloudwatch_logs_exports = ["postgresql"]

  dynamic "serverlessv2_scaling_configuration" {
    for_each = local.is_serverless ? [var.serverless_capacity] : []
    content {
      min_capacity = serverlessv2_scaling_configuration.value.min_units
      max_capacity = serverlessv2_scaling_configuration.value.max_units
      # Only what may shrink to nothing can pause.
      seconds_until_auto_pause = serverlessv2_scaling_configuration.value.min_units == 0 ? 900 : null
    }
  }

  depends_on = [aws_cloudwatch_log_group.postgresql]
}

resource "aws_rds_cluster_instance" "this" {
  #checkov:skip=CKV_AWS_118:Measuring every minute is the environment's choice; production has it
  for_each = local.instances

  identifier         = "${var.name}-${each.key}"
  cluster_identifier = aws_rds_cluster.this.id
  engine             = aws_rds_cluster.this.engine
  engine_version     = aws_rds_cluster.this.engine_version
  instance_class     = var.instance_class
  # Readers take over in order of their numbers.
  promotion_tier = each.value

  auto_minor_version_upgrade = true
  publicly_accessible        = false
  ca_cert_identifier         = "rds-ca-rsa2048-g1"
  copy_tags_to_snapshot      = true

  performance_insights_enabled          = var.has_performance_insights
  performance_insights_kms_key_id       = var.has_performance_insights ? var.data_key_arn : null
  performance_insights_retention_period = var.has_performance_insights ? 7 : null

  monitoring_interval = var.has_enhanced_monitoring ? 60 : 0
  monitoring_role_arn = var.has_enhanced_monitoring ? aws_iam_role.monitoring[0].arn : null
}

resource "aws_iam_role" "monitoring" {
  count = var.has_enhanced_monitoring ? 1 : 0

  name = "${var.name}-database-monitoring"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "monitoring.rds.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  count = var.has_enhanced_monitoring ? 1 : 0

  role       = aws_iam_role.monitoring[0].name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}
