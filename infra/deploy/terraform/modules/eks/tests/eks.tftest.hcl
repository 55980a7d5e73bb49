mock_provider "aws" {
  source = "../../testing"
}

variables {
  name                        = "taskwire-test"
  subnet_ids                  = ["subnet-1", "subnet-2", "subnet-3"]
  workloads_security_group_id = "sg-0123456789abcdef0"
  administrator_role_arns     = ["arn:aws:iam::111122223333:role/deployer"]
  log_key_arn                 = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000001"
  cluster_key_arn             = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000002"

  node_groups = {
    general = {
      instance_types = ["t3.micro"]
      is_spot        = true
      min_nodes      = 4
      max_nodes      = 4
      max_pods       = 12
    }
  }
}

run "a_private_cluster" {
  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].endpoint_private_access && !aws_eks_cluster.this.vpc_config[0].endpoint_public_access
    error_message = "The API server is not on the internet unless ranges are named."
  }

  assert {
    condition     = aws_eks_cluster.this.encryption_config[0].provider[0].key_arn == var.cluster_key_arn && contains(aws_eks_cluster.this.encryption_config[0].resources, "secrets")
    error_message = "Secrets are encrypted with our key."
  }

  assert {
    condition     = contains(aws_eks_cluster.this.enabled_cluster_log_types, "audit") && aws_cloudwatch_log_group.control_plane.name == "/aws/eks/taskwire-test/cluster"
    error_message = "The audit log is kept, where we set its retention."
  }

  assert {
    condition     = aws_eks_cluster.this.access_config[0].authentication_mode == "API" && !aws_eks_cluster.this.access_config[0].bootstrap_cluster_creator_admin_permissions
    error_message = "Access is listed, and comes with nothing else."
  }

  assert {
    condition     = aws_eks_cluster.this.upgrade_policy[0].support_type == "STANDARD"
    error_message = "Extended support is never paid for by accident."
  }
}

run "nodes" {
  assert {
    condition     = aws_eks_node_group.this["general"].capacity_type == "SPOT" && aws_eks_node_group.this["general"].scaling_config[0].min_size == aws_eks_node_group.this["general"].scaling_config[0].max_size
    error_message = "Spot, and no autoscaling where the bounds are equal."
  }

  assert {
    condition     = aws_launch_template.nodes["general"].metadata_options[0].http_tokens == "required" && aws_launch_template.nodes["general"].metadata_options[0].http_put_response_hop_limit == 1
    error_message = "Pods cannot take the node's credentials."
  }

  assert {
    condition     = aws_launch_template.nodes["general"].block_device_mappings[0].ebs[0].encrypted == "true"
    error_message = "Disks are encrypted."
  }

  assert {
    condition     = strcontains(base64decode(aws_launch_template.nodes["general"].user_data), "maxPods: 12")
    error_message = "The kubelet knows how many pods it may run."
  }

  assert {
    condition     = contains(aws_launch_template.nodes["general"].vpc_security_group_ids, var.workloads_security_group_id)
    error_message = "Nodes belong to the group the data services accept."
  }

  assert {
    condition     = toset([for attachment in values(aws_iam_role_policy_attachment.nodes) : attachment.policy_arn]) == toset(["arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy", "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"])
    error_message = "A node may join and pull, nothing else."
  }
}

run "add_ons" {
  assert {
    condition     = jsondecode(aws_eks_addon.vpc_cni.configuration_values).env.ENABLE_PREFIX_DELEGATION == "true" && jsondecode(aws_eks_addon.vpc_cni.configuration_values).enableNetworkPolicy == "true"
    error_message = "Small nodes get enough addresses, and network policies hold."
  }

  assert {
    condition     = toset(keys(aws_eks_addon.on_nodes)) == toset(["coredns", "metrics-server", "aws-ebs-csi-driver"])
    error_message = "The autoscaler of pods has its metrics server."
  }

  assert {
    condition     = strcontains(aws_iam_role.addon["vpc-cni"].assume_role_policy, "system:serviceaccount:kube-system:aws-node")
    error_message = "The network add-on has a role of its own."
  }
}

run "insights_and_office_access" {
  variables {
    has_container_insights = true
    public_access_cidrs    = ["203.0.113.0/24"]
  }

  assert {
    condition     = contains(keys(aws_eks_addon.on_nodes), "amazon-cloudwatch-observability")
    error_message = "The add-on is installed when asked for."
  }

  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].endpoint_public_access && aws_eks_cluster.this.vpc_config[0].public_access_cidrs == toset(["203.0.113.0/24"])
    error_message = "The office, and nobody else."
  }
}

run "refuses_the_whole_internet" {
  command = plan
  variables {
    public_access_cidrs = ["0.0.0.0/0"]
  }
  expect_failures = [var.public_access_cidrs]
}

run "refuses_bad_node_groups" {
  command = plan
  variables {
    node_groups = {
      bad = { instance_types = [], is_spot = false, min_nodes = 3, max_nodes = 2, max_pods = 200, disk_gib = 5 }
    }
  }
  expect_failures = [var.node_groups]
}

run "refuses_other_bad_values" {
  command = plan
  variables {
    name                        = "x"
    kubernetes_version          = "1"
    subnet_ids                  = ["subnet-1"]
    workloads_security_group_id = "group"
    administrator_role_arns     = []
    control_plane_logs          = ["everything"]
    log_retention_days          = 8
    log_key_arn                 = "key"
    cluster_key_arn             = "key"
  }
  expect_failures = [
    var.name, var.kubernetes_version, var.subnet_ids, var.workloads_security_group_id, var.administrator_role_arns,
    var.control_plane_logs, var.log_retention_days, var.log_key_arn, var.cluster_key_arn,
  ]
}
