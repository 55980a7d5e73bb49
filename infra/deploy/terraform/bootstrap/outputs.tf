output "backend_configuration" {
  description = "What terraform init of an environment takes by -backend-config."
  value       = <<-EOT
    bucket     = "${aws_s3_bucket.state.bucket}"
    kms_key_id = "${aws_kms_key.state.arn}"
  EOT
}
