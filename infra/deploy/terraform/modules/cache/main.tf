resource "aws_elasticache_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_elasticache_parameter_group" "this" {
  name   = "${var.name}-valkey8"
  family = "valkey8"

  # Rate limits and presence expire; what never expires is not evicted.
  parameter {
    name  = "maxmemory-policy"
    value = "volatile-lru"
  }
}

resource "aws_cloudwatch_log_group" "slow" {
  #checkov:skip=CKV_AWS_338:The retention is the environment's choice, a year in production
  name              = "/taskwire/${var.name}/cache-slow"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_key_arn
}

# Valkey speaks the protocol of Redis 7 and costs a fifth less; it is also what the embedded stack runs.
resource "aws_elasticache_replication_group" "this" {
  #checkov:skip=CKV2_AWS_50:With one node there is nothing to fail over to; production is refused fewer than two
  replication_group_id = var.name
  description          = "Pub/sub, rate limits and presence of ${var.name}"

  engine               = "valkey"
  engine_version       = "8.0"
  node_type            = var.node_type
  num_cache_clusters   = var.nodes
  parameter_group_name = aws_elasticache_parameter_group.this.name
  port                 = 6379

  automatic_failover_enabled = var.nodes > 1
  multi_az_enabled           = var.nodes > 1

  subnet_group_name  = aws_elasticache_subnet_group.this.name
  security_group_ids = var.security_group_ids

  at_rest_encryption_enabled = true
  kms_key_id                 = var.data_key_arn
  transit_encryption_enabled = true
  auth_token                 = var.auth_token
  auth_token_update_strategy = "ROTATE"

  # Nothing here outlives a restart by need: the event log has it all.
  snapshot_retention_limit   = 0
  auto_minor_version_upgrade = true
  maintenance_window         = "sun:05:00-sun:06:00"

  log_delivery_configuration {
    destination      = aws_cloudwatch_log_group.slow.name
    destination_type = "cloudwatch-logs"
    log_format       = "json"
    log_type         = "slow-log"
  }
}
