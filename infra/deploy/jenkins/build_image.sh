#!/usr/bin/env bash
# Build the image once: what is scanned here is, byte for byte, what is pushed and deployed.
source "$(dirname "$0")/release.sh"

docker build --pull \
    --build-arg "VERSION=${RELEASE}" \
    --build-arg "COMMIT=$(git rev-parse HEAD)" \
    --tag "${IMAGE}:${RELEASE}" .
# What the nightly backup runs in, from PostgreSQL's own image.
docker build --pull --tag "${IMAGE}-backup:${RELEASE}" infra/deploy/backup
docker save --output "${REPORTS}/image.tar" "${IMAGE}:${RELEASE}"
docker save --output "${REPORTS}/backup-image.tar" "${IMAGE}-backup:${RELEASE}"
.cache/delivery/bin/syft scan "docker-archive:${REPORTS}/image.tar" \
    --output "cyclonedx-json=${REPORTS}/sbom.cyclonedx.json" --quiet
