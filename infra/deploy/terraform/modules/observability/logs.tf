# Where the log shipper of the cluster writes, so that retention and key are set by us.
resource "aws_cloudwatch_log_group" "application" {
  #checkov:skip=CKV_AWS_338:The retention is the environment's choice, a year in production
  name              = "/taskwire/${var.name}/application"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_key_arn
}

# Every line is JSON; what was logged as an error counts.
resource "aws_cloudwatch_log_metric_filter" "errors" {
  name           = "${var.name}-errors"
  log_group_name = aws_cloudwatch_log_group.application.name
  pattern        = "{ ($.level = \"error\") || ($.level = \"critical\") }"

  metric_transformation {
    name          = "Errors"
    namespace     = "Taskwire/${var.name}"
    value         = "1"
    default_value = "0"
  }
}
