# shellcheck shell=bash
# Sourced by the scripts of the pipeline: what is released where. Expects ENVIRONMENT and RELEASE.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

complain() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# Whatever is expanded in a command later is checked here, once.
[[ "${ENVIRONMENT:-}" =~ ^(dev|uat|prod)$ ]] || complain "ENVIRONMENT is dev, uat or prod, not '${ENVIRONMENT:-}'"
[[ "${RELEASE:-}" =~ ^[a-z0-9][a-z0-9._-]{0,62}$ ]] || complain "RELEASE is no version: '${RELEASE:-}'"

REPORTS=reports
mkdir -p "${REPORTS}"

# Where an environment answers. The agent's configuration may name another place.
case "${ENVIRONMENT}" in
    dev) default_url=https://dev.taskwire.example.com ;;
    uat) default_url=https://uat.taskwire.example.com ;;
    prod) default_url=https://taskwire.example.com ;;
esac
# Names in the environment win, so that a drill can aim at a stack on this machine.
# shellcheck disable=SC2034
BASE_URL="${TASKWIRE_URL:-${default_url}}"
# shellcheck disable=SC2034
IMAGE="${TASKWIRE_REGISTRY:-localhost}/taskwire"
