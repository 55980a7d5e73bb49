output "bucket_names" {
  description = "Bucket by purpose: attachments, backups. Known before the buckets exist, so that policies can name them."
  value       = { for purpose, bucket in local.buckets : purpose => bucket.name }
}

output "replica_bucket_names" {
  description = "Replica by purpose, empty without replication."
  value       = { for purpose, bucket in aws_s3_bucket.replica : purpose => bucket.bucket }
}
