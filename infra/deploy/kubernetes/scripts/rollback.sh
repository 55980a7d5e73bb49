#!/usr/bin/env bash
# rollback.sh ENVIRONMENT STRATEGY RELEASE: take the release out of service, within two minutes.
# Where it does not run, nothing happens.
set -euo pipefail
source "$(dirname "$0")/image.sh"

exec "${PYTHON}" -m infra.deploy.strategies rollback "${ENVIRONMENT}" "${STRATEGY}" "$(image_of "${RELEASE}")"
