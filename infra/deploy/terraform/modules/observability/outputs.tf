output "alarm_topic_arn" {
  description = "Topic of alarms and budgets; a chat integration may subscribe to it."
  value       = aws_sns_topic.alarms.arn
}

output "application_log_group" {
  description = "Log group the log shipper of the cluster writes to."
  value       = aws_cloudwatch_log_group.application.name
}

output "alarm_names" {
  description = "The alarms."
  value       = [for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name]
}
