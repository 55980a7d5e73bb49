# shellcheck shell=bash
# Sourced by deploy.sh and rollback.sh, with their arguments: which image a release is.

if [[ $# -ne 3 ]]; then
    echo "usage: $0 dev|uat|prod rolling|blue-green|canary RELEASE" >&2
    exit 2
fi
# shellcheck disable=SC2034
ENVIRONMENT=$1 STRATEGY=$2 RELEASE=$3
cd "$(dirname "${BASH_SOURCE[0]}")/../../../.." || exit
PYTHON="${PYTHON:-.venv/bin/python}"

# The tag that the pipeline pushed: ECR keeps tags immutable, so it names one image for ever.
image_of() {
    printf '%s/taskwire:%s\n' "${TASKWIRE_REGISTRY:?the address of the image registry}" "$1"
}
