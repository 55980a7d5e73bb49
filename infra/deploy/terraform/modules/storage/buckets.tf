locals {
  buckets = {
    attachments = {
      name            = "${var.name}-attachments-${var.account_id}"
      archives_days   = 90
      noncurrent_days = 30
      expires_days    = {}
    }
    backups = {
      name            = "${var.name}-backups-${var.account_id}"
      archives_days   = null
      noncurrent_days = 7
      # A day more than one can go back: what restores the oldest time was made before it.
      expires_days = {
        "physical/" = var.backup_retention_days + 1
        "logical/"  = var.backup_retention_days + 1
        "wal/"      = var.backup_retention_days + 1
        "state/"    = 90
        "secrets/"  = 90
      }
    }
  }
}

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_18:CloudTrail and the application's own log say who reads; access logs would be a third account
  #checkov:skip=CKV_AWS_144:Replication is the environment's choice; production has it
  #checkov:skip=CKV2_AWS_62:Nothing reacts to new objects; the application writes them itself
  for_each = local.buckets

  bucket        = each.value.name
  force_destroy = !var.is_protected
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    # One call to KMS for many objects.
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.data_key_arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    id     = "keep-what-is-needed"
    status = "Enabled"

    filter {}

    dynamic "transition" {
      for_each = each.value.archives_days[*]
      content {
        days          = transition.value
        storage_class = "STANDARD_IA"
      }
    }

    noncurrent_version_expiration {
      noncurrent_days = each.value.noncurrent_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  dynamic "rule" {
    for_each = each.value.expires_days
    content {
      id     = "expire-${trimsuffix(rule.key, "/")}"
      status = "Enabled"

      filter {
        prefix = rule.key
      }

      expiration {
        days = rule.value
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_policy" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = ["arn:aws:s3:::${each.value.name}", "arn:aws:s3:::${each.value.name}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })

  depends_on = [aws_s3_bucket_public_access_block.this]
}

# Browsers put attachments straight into the bucket, by signed addresses.
resource "aws_s3_bucket_cors_configuration" "attachments" {
  bucket = aws_s3_bucket.this["attachments"].id

  cors_rule {
    allowed_methods = ["GET", "PUT"]
    allowed_origins = var.allowed_origins
    allowed_headers = ["content-type", "content-md5", "x-amz-*"]
    expose_headers  = ["etag"]
    max_age_seconds = 3600
  }
}
