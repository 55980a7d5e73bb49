#!/usr/bin/env bash
# Push the image that was scanned, and write down its digest.
source "$(dirname "$0")/release.sh"

: "${AWS_ROLE_ARN:?the role of the environment}"
: "${TASKWIRE_REGISTRY:?the address of the image registry}"

aws ecr get-login-password | docker login --username AWS --password-stdin "${TASKWIRE_REGISTRY}"
docker load --input "${REPORTS}/image.tar"
docker load --input "${REPORTS}/backup-image.tar"
docker push "${IMAGE}-backup:${RELEASE}"
docker push "${IMAGE}:${RELEASE}"
digest="$(docker image inspect --format '{{index .RepoDigests 0}}' "${IMAGE}:${RELEASE}")"
printf 'DIGEST=%s\n' "${digest#*@}" >> "${REPORTS}/release.env"
