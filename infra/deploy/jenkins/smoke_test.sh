#!/usr/bin/env bash
# The main paths once or twice, with the thresholds of the smoke test.
source "$(dirname "$0")/release.sh"
export BASE_URL TASKWIRE_TOKEN="${SMOKE_TOKEN:-}"
.cache/delivery/bin/k6 run --quiet --no-usage-report \
    --summary-export "${REPORTS}/k6-smoke.json" infra/deploy/k6/smoke.js
