# What the service itself measures is watched by Prometheus in the cluster. These watch what is
# managed by AWS, and still ring when the cluster is gone.

locals {
  database_alarms = {
    database-cpu = {
      about      = "The database works at its limit"
      namespace  = "AWS/RDS", metric = "CPUUtilization", statistic = "Average"
      operator   = "GreaterThanThreshold", threshold = 80, periods = 5
      dimensions = { DBClusterIdentifier = var.database_cluster }
    }
    database-memory = {
      about      = "The database has less than 128 MiB of memory to spare"
      namespace  = "AWS/RDS", metric = "FreeableMemory", statistic = "Minimum"
      operator   = "LessThanThreshold", threshold = 134217728, periods = 5
      dimensions = { DBClusterIdentifier = var.database_cluster }
    }
    database-connections = {
      about      = "Connections come near what the smallest instance accepts"
      namespace  = "AWS/RDS", metric = "DatabaseConnections", statistic = "Maximum"
      operator   = "GreaterThanThreshold", threshold = var.database_connections_limit, periods = 3
      dimensions = { DBClusterIdentifier = var.database_cluster }
    }
  }

  cache_alarms = {
    cache-cpu = {
      about      = "The cache works at its limit"
      namespace  = "AWS/ElastiCache", metric = "EngineCPUUtilization", statistic = "Average"
      operator   = "GreaterThanThreshold", threshold = 80, periods = 5
      dimensions = { ReplicationGroupId = var.cache_group }
    }
    cache-memory = {
      about      = "The cache is nearly full"
      namespace  = "AWS/ElastiCache", metric = "DatabaseMemoryUsagePercentage", statistic = "Maximum"
      operator   = "GreaterThanThreshold", threshold = 80, periods = 5
      dimensions = { ReplicationGroupId = var.cache_group }
    }
  }

  kafka_alarms = var.kafka_cluster == null ? {} : {
    kafka-disk = {
      about      = "A broker's disk fills up"
      namespace  = "AWS/Kafka", metric = "KafkaDataLogsDiskUsed", statistic = "Maximum"
      operator   = "GreaterThanThreshold", threshold = 75, periods = 3
      dimensions = { "Cluster Name" = var.kafka_cluster }
    }
    kafka-offline = {
      about      = "A partition has no leader: events wait in the outbox"
      namespace  = "AWS/Kafka", metric = "OfflinePartitionsCount", statistic = "Maximum"
      operator   = "GreaterThanThreshold", threshold = 0, periods = 2
      dimensions = { "Cluster Name" = var.kafka_cluster }
    }
  }

  application_alarms = {
    application-errors = {
      about      = "More than twenty errors are logged in each of five minutes"
      namespace  = "Taskwire/${var.name}", metric = "Errors", statistic = "Sum"
      operator   = "GreaterThanThreshold", threshold = 20, periods = 5
      dimensions = {}
    }
  }

  load_balancer_alarms = var.load_balancer == null ? {} : {
    web-errors = {
      about      = "The web pods answer with server errors"
      namespace  = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", statistic = "Sum"
      operator   = "GreaterThanThreshold", threshold = 10, periods = 5
      dimensions = { LoadBalancer = var.load_balancer }
    }
    web-latency = {
      about      = "One in twenty requests takes longer than a second"
      namespace  = "AWS/ApplicationELB", metric = "TargetResponseTime", statistic = "p95"
      operator   = "GreaterThanThreshold", threshold = 1, periods = 5
      dimensions = { LoadBalancer = var.load_balancer }
    }
  }

  alarms = merge(
    local.database_alarms, local.cache_alarms, local.kafka_alarms, local.application_alarms, local.load_balancer_alarms,
  )
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.about
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  comparison_operator = each.value.operator
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = each.value.periods

  statistic          = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic = startswith(each.value.statistic, "p") ? each.value.statistic : null

  # A database that sleeps has no metrics, and that is no fault.
  treat_missing_data = "notBreaching"
  alarm_actions      = [aws_sns_topic.alarms.arn]
  ok_actions         = [aws_sns_topic.alarms.arn]
}
