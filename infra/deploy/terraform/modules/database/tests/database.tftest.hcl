mock_provider "aws" {
  source = "../../testing"
}

mock_provider "aws" {
  alias  = "replica"
  source = "../../testing"
}

variables {
  name               = "taskwire-test"
  subnet_ids         = ["subnet-1", "subnet-2", "subnet-3"]
  security_group_ids = ["sg-0123456789abcdef0"]
  data_key_arn       = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000001"
  replica_key_arn    = "arn:aws:kms:us-west-2:111122223333:key/00000000-0000-4000-8000-000000000002"
  log_key_arn        = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000003"
}

run "safe_by_default" {
  assert {
    condition     = aws_rds_cluster.this.storage_encrypted && aws_rds_cluster.this.kms_key_id == var.data_key_arn
    error_message = "The storage is encrypted with our key."
  }

  assert {
    condition     = aws_rds_cluster.this.backup_retention_period == 30
    error_message = "Any second of thirty days can be restored."
  }

  assert {
    condition     = aws_rds_cluster.this.deletion_protection && !aws_rds_cluster.this.skip_final_snapshot && !aws_rds_cluster.this.delete_automated_backups
    error_message = "It is not deleted by mistake, nor are its backups."
  }

  assert {
    condition     = contains([for parameter in aws_rds_cluster_parameter_group.this.parameter : "${parameter.name}=${parameter.value}"], "rds.force_ssl=1")
    error_message = "Connections without TLS are refused."
  }

  assert {
    condition     = aws_rds_cluster.this.manage_master_user_password && aws_rds_cluster.this.master_password == null
    error_message = "RDS keeps the administrator's password."
  }

  assert {
    condition     = alltrue([for instance in values(aws_rds_cluster_instance.this) : !instance.publicly_accessible]) && length(aws_rds_cluster_instance.this) == 1
    error_message = "One instance, not on the internet."
  }

  assert {
    condition     = one(aws_backup_plan.this.rule).lifecycle[0].delete_after == 30 && length(one(aws_backup_plan.this.rule).copy_action) == 1
    error_message = "Nightly backups are kept thirty days, here and in the second region."
  }

  assert {
    condition     = aws_backup_vault.replica[0].kms_key_arn == var.replica_key_arn && length(aws_backup_vault_lock_configuration.replica) == 1
    error_message = "The copies are encrypted and locked."
  }
}

run "a_cluster_that_sleeps" {
  variables {
    serverless_capacity   = { min_units = 0, max_units = 1 }
    has_cross_region_copy = false
    is_protected          = false
  }

  assert {
    condition     = aws_rds_cluster.this.serverlessv2_scaling_configuration[0].min_capacity == 0 && aws_rds_cluster.this.serverlessv2_scaling_configuration[0].seconds_until_auto_pause == 900
    error_message = "It pauses when nobody is connected."
  }

  assert {
    condition     = length(aws_backup_vault.replica) == 0 && length(one(aws_backup_plan.this.rule).copy_action) == 0
    error_message = "Nothing is copied."
  }

  assert {
    condition     = aws_rds_cluster.this.storage_encrypted && aws_rds_cluster.this.skip_final_snapshot
    error_message = "It may go at once, and is encrypted all the same."
  }
}

run "a_writer_with_readers" {
  variables {
    instance_class          = "db.r7g.large"
    engine_version          = "16.8"
    readers                 = 2
    has_enhanced_monitoring = true
  }

  assert {
    condition     = length(aws_rds_cluster_instance.this) == 3 && length(aws_rds_cluster.this.serverlessv2_scaling_configuration) == 0
    error_message = "A writer and two readers of fixed size."
  }

  assert {
    condition     = aws_rds_cluster_parameter_group.this.family == "aurora-postgresql16"
    error_message = "The parameters belong to the engine's major version."
  }

  assert {
    condition     = alltrue([for instance in values(aws_rds_cluster_instance.this) : instance.monitoring_interval == 60])
    error_message = "Each instance is measured every minute."
  }
}

run "refuses_short_retention" {
  command = plan
  variables {
    backup_retention_days = 1
  }
  expect_failures = [var.backup_retention_days]
}

run "refuses_other_bad_values" {
  command = plan
  variables {
    name                = "x"
    subnet_ids          = ["subnet-1"]
    security_group_ids  = []
    engine_version      = "12.1"
    database_name       = "Task-Wire"
    instance_class      = "db.m5.large"
    serverless_capacity = { min_units = 4, max_units = 2 }
    readers             = 16
    log_retention_days  = 5
    data_key_arn        = "key"
    replica_key_arn     = "key"
    log_key_arn         = "key"
  }
  expect_failures = [
    var.name, var.subnet_ids, var.security_group_ids, var.engine_version, var.database_name, var.instance_class,
    var.serverless_capacity, var.readers, var.log_retention_days, var.data_key_arn, var.replica_key_arn, var.log_key_arn,
  ]
}
