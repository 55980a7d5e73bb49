resource "aws_cloudwatch_dashboard" "this" {
  count = var.has_dashboard ? 1 : 0

  dashboard_name = var.name

  dashboard_body = jsonencode({
    widgets = [
      for index, name in keys(local.alarms) : {
        type   = "metric"
        x      = 12 * (index % 2)
        y      = 6 * floor(index / 2)
        width  = 12
        height = 6
        properties = {
          title  = local.alarms[name].about
          region = var.region
          stat   = local.alarms[name].statistic
          period = 60
          metrics = [concat(
            [local.alarms[name].namespace, local.alarms[name].metric],
            flatten([for key, value in local.alarms[name].dimensions : [key, value]]),
          )]
          annotations = { horizontal = [{ label = "alarm", value = local.alarms[name].threshold }] }
        }
      }
    ]
  })
}
