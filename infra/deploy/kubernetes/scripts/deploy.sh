#!/usr/bin/env bash
# deploy.sh ENVIRONMENT STRATEGY RELEASE: bring a release into service; the former one comes back
# by itself when the new pods do not come up, or when the analysis finds fault with them.
# docs/runbooks/deploy-STRATEGY.md tells what happens.
set -euo pipefail
source "$(dirname "$0")/image.sh"

exec "${PYTHON}" -m infra.deploy.strategies deploy "${ENVIRONMENT}" "${STRATEGY}" "$(image_of "${RELEASE}")"
