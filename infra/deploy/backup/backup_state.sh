#!/usr/bin/env bash
# Terraform's state and the secrets of an environment, sealed: `backup_state.sh dev|uat|prod`.
#
# TERRAFORM_STATE is the s3:// address of the state; secrets are those named taskwire/ENVIRONMENT/….
source "$(dirname "${BASH_SOURCE[0]}")/store.sh"

environment="${1:-}"
[[ "${environment}" =~ ^(dev|uat|prod)$ ]] || complain "an environment is dev, uat or prod"
: "${TERRAFORM_STATE:?the s3:// address of the state}"
id="$(date --utc +%Y%m%dT%H%M%SZ)"

aws s3 cp --only-show-errors "${TERRAFORM_STATE}" - | put_sealed "state/${environment}/${id}.tfstate"

# Not into a file, not into a log: from the service into the seal.
aws secretsmanager list-secrets --filters "Key=name,Values=taskwire/${environment}/" \
    --query 'SecretList[].Name' --output text | tr '\t' '\n' | while read -r name; do
    [[ -n "${name}" ]] || continue
    aws secretsmanager get-secret-value --secret-id "${name}" \
        --query '{Name: Name, SecretString: SecretString}' --output json
done | put_sealed "secrets/${environment}/${id}.json"

echo "state/${environment}/${id}.tfstate and secrets/${environment}/${id}.json are stored"
