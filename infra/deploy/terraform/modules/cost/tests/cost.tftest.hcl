mock_provider "aws" {
  source = "../../testing"
}

variables {
  name                  = "taskwire-test"
  alert_emails          = ["operations@example.com"]
  alarm_topic_arn       = "arn:aws:sns:us-east-1:111122223333:taskwire-test-alarms"
  compute_limit_dollars = 30
}

run "budgets" {
  assert {
    condition     = aws_budgets_budget.this["month"].limit_amount == "100" && aws_budgets_budget.this["month"].limit_unit == "USD" && aws_budgets_budget.this["month"].time_unit == "MONTHLY"
    error_message = "A hundred dollars a month."
  }

  assert {
    condition     = toset([for notification in aws_budgets_budget.this["month"].notification : "${notification.notification_type} ${notification.threshold}"]) == toset(["ACTUAL 80", "FORECASTED 100"])
    error_message = "People are told at 80 percent spent, and when the forecast passes the limit."
  }

  assert {
    condition     = aws_budgets_budget.this["compute"].limit_amount == "30" && one(aws_budgets_budget.this["compute"].cost_filter).values == tolist(["Amazon Elastic Compute Cloud - Compute"])
    error_message = "The nodes have a budget of their own."
  }

  assert {
    condition     = length(aws_ce_cost_allocation_tag.this) == 0
    error_message = "Tags of the bill are the paying account's business."
  }
}

run "the_paying_account_splits_the_bill" {
  variables {
    is_paying_account = true
  }

  assert {
    condition     = toset(keys(aws_ce_cost_allocation_tag.this)) == toset(["Project", "Environment"])
    error_message = "By project and environment."
  }
}

run "refuses_bad_values" {
  command = plan
  variables {
    name                  = "x"
    alert_emails          = ["nobody"]
    alarm_topic_arn       = "topic"
    monthly_limit_dollars = 0
    compute_limit_dollars = 0
    alert_percent         = 120
    anomaly_dollars       = 0
  }
  expect_failures = [
    var.name, var.alert_emails, var.alarm_topic_arn, var.monthly_limit_dollars, var.compute_limit_dollars,
    var.alert_percent, var.anomaly_dollars,
  ]
}
