mock_provider "aws" {
  source = "../../testing"
}

variables {
  name               = "taskwire-test"
  subnet_ids         = ["subnet-1", "subnet-2", "subnet-3"]
  security_group_ids = ["sg-0123456789abcdef0"]
  data_key_arn       = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000001"
  log_key_arn        = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000001"
}

run "encrypted_and_authenticated" {
  assert {
    condition     = aws_msk_cluster.this.encryption_info[0].encryption_in_transit[0].client_broker == "TLS" && aws_msk_cluster.this.encryption_info[0].encryption_in_transit[0].in_cluster
    error_message = "TLS everywhere, and nothing else."
  }

  assert {
    condition     = aws_msk_cluster.this.client_authentication[0].sasl[0].iam && !aws_msk_cluster.this.client_authentication[0].unauthenticated
    error_message = "IAM decides who connects."
  }

  assert {
    condition     = aws_msk_cluster.this.encryption_info[0].encryption_at_rest_kms_key_arn == var.data_key_arn
    error_message = "Disks are encrypted with our key."
  }
}

run "three_brokers_keep_two_copies_of_every_write" {
  assert {
    condition     = strcontains(aws_msk_configuration.this.server_properties, "min.insync.replicas=2\n") && strcontains(aws_msk_configuration.this.server_properties, "default.replication.factor=3\n")
    error_message = "One broker may fail without loss and without a stop."
  }

  assert {
    condition     = strcontains(aws_msk_configuration.this.server_properties, "unclean.leader.election.enable=false\n") && strcontains(aws_msk_configuration.this.server_properties, "auto.create.topics.enable=false\n")
    error_message = "No leader that lags, no topic by mistake."
  }

  assert {
    condition     = length(aws_msk_cluster.this.broker_node_group_info[0].client_subnets) == 3
    error_message = "A broker in each zone."
  }
}

run "two_brokers_for_trying_out" {
  variables {
    brokers = 2
  }

  assert {
    condition     = length(aws_msk_cluster.this.broker_node_group_info[0].client_subnets) == 2 && strcontains(aws_msk_configuration.this.server_properties, "min.insync.replicas=1\n")
    error_message = "Two zones, and writes go on with one of the two brokers."
  }
}

run "refuses_four_brokers" {
  command = plan
  variables {
    brokers = 4
  }
  expect_failures = [var.brokers]
}

run "refuses_other_bad_values" {
  command = plan
  variables {
    name               = "x"
    subnet_ids         = ["subnet-1"]
    security_group_ids = []
    data_key_arn       = "key"
    log_key_arn        = "key"
    log_retention_days = 2
    kafka_version      = "2.8.1"
    broker_type        = "kafka.m5.large"
    volume_gib         = 1
    retention_hours    = 1
    monitoring_level   = "ALL"
  }
  expect_failures = [
    var.name, var.subnet_ids, var.security_group_ids, var.data_key_arn, var.log_key_arn, var.log_retention_days,
    var.kafka_version, var.broker_type, var.volume_gib, var.retention_hours, var.monitoring_level,
  ]
}
