resource "aws_guardduty_detector" "this" {
  #checkov:skip=CKV2_AWS_3:One account has no organization to share a detector with
  count = var.has_guardduty ? 1 : 0

  enable                       = true
  finding_publishing_frequency = "FIFTEEN_MINUTES"
}

resource "aws_guardduty_detector_feature" "kubernetes_audit" {
  count = var.has_guardduty ? 1 : 0

  detector_id = aws_guardduty_detector.this[0].id
  name        = "EKS_AUDIT_LOGS"
  status      = "ENABLED"
}
