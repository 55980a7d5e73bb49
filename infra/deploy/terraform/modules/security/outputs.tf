output "key_arns" {
  description = "KMS key by purpose: data, cluster, logs."
  value       = { for purpose, key in aws_kms_key.this : purpose => key.arn }
}

output "replica_key_arn" {
  description = "KMS key of the copies in the second region."
  value       = aws_kms_key.replica.arn
}

output "trail_bucket" {
  description = "Bucket that holds the records of the trail."
  value       = aws_s3_bucket.trail.id
}
