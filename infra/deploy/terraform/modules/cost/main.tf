locals {
  budgets = {
    month = {
      limit   = var.monthly_limit_dollars
      filters = {}
    }
    # The nodes alone: what grows when more of them are asked for.
    compute = {
      limit   = var.compute_limit_dollars
      filters = { Service = ["Amazon Elastic Compute Cloud - Compute"] }
    }
  }
}

resource "aws_budgets_budget" "this" {
  for_each = local.budgets

  name         = "${var.name}-${each.key}"
  budget_type  = "COST"
  time_unit    = "MONTHLY"
  limit_amount = tostring(each.value.limit)
  limit_unit   = "USD"

  dynamic "cost_filter" {
    for_each = each.value.filters
    content {
      name   = cost_filter.key
      values = cost_filter.value
    }
  }

  # What was spent.
  notification {
    notification_type          = "ACTUAL"
    comparison_operator        = "GREATER_THAN"
    threshold                  = var.alert_percent
    threshold_type             = "PERCENTAGE"
    subscriber_email_addresses = var.alert_emails
    subscriber_sns_topic_arns  = [var.alarm_topic_arn]
  }

  # What the month will come to, early enough to act.
  notification {
    notification_type          = "FORECASTED"
    comparison_operator        = "GREATER_THAN"
    threshold                  = 100
    threshold_type             = "PERCENTAGE"
    subscriber_email_addresses = var.alert_emails
    subscriber_sns_topic_arns  = [var.alarm_topic_arn]
  }
}

# A budget sees a sum; this sees one service costing more than it used to.
resource "aws_ce_anomaly_monitor" "services" {
  name              = "${var.name}-services"
  monitor_type      = "DIMENSIONAL"
  monitor_dimension = "SERVICE"
}

resource "aws_ce_anomaly_subscription" "daily" {
  name             = "${var.name}-daily"
  frequency        = "DAILY"
  monitor_arn_list = [aws_ce_anomaly_monitor.services.arn]

  dynamic "subscriber" {
    for_each = var.alert_emails
    content {
      type    = "EMAIL"
      address = subscriber.value
    }
  }

  threshold_expression {
    dimension {
      key           = "ANOMALY_TOTAL_IMPACT_ABSOLUTE"
      match_options = ["GREATER_THAN_OR_EQUAL"]
      values        = [tostring(var.anomaly_dollars)]
    }
  }
}

# Only the account that pays may choose which tags the bill is split by.
resource "aws_ce_cost_allocation_tag" "this" {
  for_each = var.is_paying_account ? toset(["Project", "Environment"]) : toset([])

  tag_key = each.key
  status  = "Active"
}
