locals {
  attachments = "arn:aws:s3:::${var.bucket_names.attachments}"
  backups     = "arn:aws:s3:::${var.bucket_names.backups}"
  app_secret  = "arn:aws:secretsmanager:${var.region}:${var.account_id}:secret:taskwire/${var.environment}/app-*"

  kafka_arn_prefix = "arn:aws:kafka:${var.region}:${var.account_id}"
  kafka_cluster    = "${local.kafka_arn_prefix}:cluster/${var.name}/*"
  kafka_topic      = "${local.kafka_arn_prefix}:topic/${var.name}/*/taskwire.project-events"
  kafka_groups     = "${local.kafka_arn_prefix}:group/${var.name}/*/taskwire-*"

  uses_data_key_through_s3 = {
    Sid       = "KeyOfTheBuckets"
    Effect    = "Allow"
    Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
    Resource  = [var.data_key_arn]
    Condition = { StringEquals = { "kms:ViaService" = "s3.${var.region}.amazonaws.com" } }
  }

  uses_data_key_through_secrets_manager = {
    Sid       = "KeyOfTheSecret"
    Effect    = "Allow"
    Action    = ["kms:Decrypt"]
    Resource  = [var.data_key_arn]
    Condition = { StringEquals = { "kms:ViaService" = "secretsmanager.${var.region}.amazonaws.com" } }
  }

  keeps_attachments = {
    Sid      = "Attachments"
    Effect   = "Allow"
    Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    Resource = ["${local.attachments}/*"]
  }

  consumes_events = [
    {
      Sid      = "Connect"
      Effect   = "Allow"
      Action   = ["kafka-cluster:Connect", "kafka-cluster:DescribeCluster"]
      Resource = [local.kafka_cluster]
    },
    {
      Sid      = "Read"
      Effect   = "Allow"
      Action   = ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"]
      Resource = [local.kafka_topic]
    },
    {
      Sid      = "Groups"
      Effect   = "Allow"
      Action   = ["kafka-cluster:DescribeGroup", "kafka-cluster:AlterGroup"]
      Resource = [local.kafka_groups]
    },
  ]

  # Lists of unlike statements are tuples, which a map cannot hold side by side: hence an object.
  statements_by_workload = {
    web = [local.keeps_attachments, local.uses_data_key_through_s3]

    # The relay makes the topic if it is missing, so that a new environment needs no extra step.
    relay = [
      {
        Sid      = "Connect"
        Effect   = "Allow"
        Action   = ["kafka-cluster:Connect", "kafka-cluster:DescribeCluster", "kafka-cluster:WriteDataIdempotently"]
        Resource = [local.kafka_cluster]
      },
      {
        Sid      = "Write"
        Effect   = "Allow"
        Action   = ["kafka-cluster:CreateTopic", "kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"]
        Resource = [local.kafka_topic]
      },
    ]

    bridge = local.consumes_events

    worker = concat(local.consumes_events, [local.keeps_attachments], [local.uses_data_key_through_s3])

    # May add backups and read them, and never delete one: only the bucket's lifecycle does.
    backup = [
      {
        Sid      = "Backups"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:GetObject"]
        Resource = ["${local.backups}/*"]
      },
      {
        Sid      = "BackupsList"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [local.backups]
      },
      {
        Sid      = "AppSecret"
        Effect   = "Allow"
        Action   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
        Resource = [local.app_secret]
      },
      local.uses_data_key_through_s3,
      local.uses_data_key_through_secrets_manager,
    ]
  }
}
