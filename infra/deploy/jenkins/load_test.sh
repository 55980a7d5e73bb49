#!/usr/bin/env bash
# The load test and the subscriptions. Production is measured with little load: its own is enough.
source "$(dirname "$0")/release.sh"
export BASE_URL TASKWIRE_TOKEN="${SMOKE_TOKEN:-}"

case "${ENVIRONMENT}" in
    dev) export LOAD_RATE=100 LOAD_SECONDS=60 LOAD_MIN_RATE=90 SOCKETS=50 ;;
    uat) export LOAD_RATE=1200 LOAD_SECONDS=300 LOAD_MIN_RATE=1000 SOCKETS=1000 ;;
    prod) export LOAD_RATE=50 LOAD_SECONDS=60 LOAD_MIN_RATE=45 SOCKETS=20 ;;
esac
for test in load subscriptions; do
    .cache/delivery/bin/k6 run --quiet --no-usage-report \
        --summary-export "${REPORTS}/k6-${test}.json" "infra/deploy/k6/${test}.js"
done
