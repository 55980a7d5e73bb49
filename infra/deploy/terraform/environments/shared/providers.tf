# Everything is tagged the same way, so that the bill can be split by these.
provider "aws" {
  region = local.region
  # A plan for one environment never runs with the credentials of another.
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias               = "replica"
  region              = local.replica_region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = local.tags
  }
}

# Certificates of CloudFront live here, whatever the region of the rest.
provider "aws" {
  alias               = "us_east_1"
  region              = "us-east-1"
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = local.tags
  }
}

locals {
  region         = "us-east-1"
  replica_region = "us-west-2"

  tags = {
    Project     = "taskwire"
    Environment = local.environment
    ManagedBy   = "terraform"
  }
}
