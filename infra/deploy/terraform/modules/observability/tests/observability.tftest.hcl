mock_provider "aws" {
  source = "../../testing"
}

variables {
  name             = "taskwire-test"
  region           = "us-east-1"
  account_id       = "111122223333"
  log_key_arn      = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000001"
  alert_emails     = ["operations@example.com"]
  database_cluster = "taskwire-test"
  cache_group      = "taskwire-test"
}

run "alarms_of_what_is_managed" {
  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.this)) == toset(["database-cpu", "database-memory", "database-connections", "cache-cpu", "cache-memory", "application-errors"])
    error_message = "Database, cache and application are watched."
  }

  assert {
    condition     = alltrue([for alarm in values(aws_cloudwatch_metric_alarm.this) : alarm.alarm_actions == toset([aws_sns_topic.alarms.arn])])
    error_message = "Every alarm tells somebody."
  }

  assert {
    condition     = aws_sns_topic.alarms.kms_master_key_id == var.log_key_arn && aws_cloudwatch_log_group.application.kms_key_id == var.log_key_arn
    error_message = "Alarms and logs are encrypted."
  }

  assert {
    condition     = aws_cloudwatch_log_group.application.retention_in_days == 30
    error_message = "Logs are kept thirty days."
  }

  assert {
    condition     = jsondecode(aws_sns_topic_policy.alarms.policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == var.account_id
    error_message = "Other accounts' alarms cannot publish."
  }
}

run "full_observability" {
  variables {
    kafka_cluster = "taskwire-test"
    load_balancer = "app/k8s-taskwire/0123456789abcdef"
    has_dashboard = true
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this) == 10
    error_message = "Brokers and load balancer are watched too."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["web-latency"].extended_statistic == "p95" && aws_cloudwatch_metric_alarm.this["web-latency"].statistic == null
    error_message = "Latency is judged by its ninety-fifth percentile."
  }

  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets) == 10
    error_message = "The dashboard shows each of them."
  }
}

run "refuses_nobody_to_tell" {
  command = plan
  variables {
    alert_emails = []
  }
  expect_failures = [var.alert_emails]
}

run "refuses_other_bad_values" {
  command = plan
  variables {
    name                       = "x"
    region                     = "r"
    account_id                 = "1"
    log_key_arn                = "key"
    log_retention_days         = 2
    database_cluster           = ""
    database_connections_limit = 1
    cache_group                = ""
    kafka_cluster              = ""
    load_balancer              = "lb"
  }
  expect_failures = [
    var.name, var.region, var.account_id, var.log_key_arn, var.log_retention_days, var.database_cluster,
    var.database_connections_limit, var.cache_group, var.kafka_cluster, var.load_balancer,
  ]
}
