# Topics are not made here: that takes a Kafka client, and no other provider is used. The relay makes
# taskwire.project-events (12 partitions, as many replicas as there are brokers up to 3) when it
# starts and finds it missing; its role in the identity module allows exactly that.

resource "aws_cloudwatch_log_group" "brokers" {
  #checkov:skip=CKV_AWS_338:The retention is the environment's choice, a year in production
  name              = "/taskwire/${var.name}/kafka"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_key_arn
}

resource "aws_msk_configuration" "this" {
  name           = "${var.name}-${replace(var.kafka_version, ".", "-")}"
  kafka_versions = [var.kafka_version]

  # A write counts when two replicas have it, as far as there are two to spare.
  server_properties = <<-EOT
    auto.create.topics.enable=false
    default.replication.factor=${min(3, var.brokers)}
    min.insync.replicas=${var.brokers >= 3 ? 2 : 1}
    offsets.topic.replication.factor=${min(3, var.brokers)}
    transaction.state.log.replication.factor=${min(3, var.brokers)}
    transaction.state.log.min.isr=${var.brokers >= 3 ? 2 : 1}
    unclean.leader.election.enable=false
    log.retention.hours=${var.retention_hours}
  EOT

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_msk_cluster" "this" {
  cluster_name           = var.name
  kafka_version          = var.kafka_version
  number_of_broker_nodes = var.brokers
  enhanced_monitoring    = var.monitoring_level

  broker_node_group_info {
    instance_type   = var.broker_type
    client_subnets  = slice(var.subnet_ids, 0, min(var.brokers, 3))
    security_groups = var.security_group_ids

    storage_info {
      ebs_storage_info {
        volume_size = var.volume_gib
      }
    }
  }

  client_authentication {
    unauthenticated = false

    sasl {
      iam = true
    }
  }

  encryption_info {
    encryption_at_rest_kms_key_arn = var.data_key_arn

    encryption_in_transit {
      client_broker = "TLS"
      in_cluster    = true
    }
  }

  configuration_info {
    arn      = aws_msk_configuration.this.arn
    revision = aws_msk_configuration.this.latest_revision
  }

  logging_info {
    broker_logs {
      cloudwatch_logs {
        enabled   = true
        log_group = aws_cloudwatch_log_group.brokers.name
      }
    }
  }
}
