#!/usr/bin/env bash
# Tell Prometheus, by way of the Pushgateway, what was deployed (`succeeded`), or count one more
# failed deployment (`failed`). Without PUSHGATEWAY_URL there is nobody to tell.
source "$(dirname "$0")/release.sh"

# Each in a group of its own: to put one leaves the other as it is.
put() {
    curl --silent --show-error --fail --max-time 10 --request PUT --data-binary @- \
        "${PUSHGATEWAY_URL}/metrics/job/$1/environment/${ENVIRONMENT}"
}

# How often it has failed so far. Without an answer the script ends: the count must not begin anew.
failures() {
    local metrics
    metrics=$(curl --silent --show-error --fail --max-time 10 "${PUSHGATEWAY_URL}/metrics") || return
    awk -v environment="environment=\"${ENVIRONMENT}\"" '
        index($0, "taskwire_deployment_failed_total{") == 1 && index($0, environment) { count = $NF }
        END { printf "%d", count }' <<<"${metrics}"
}

[[ "${1:-}" =~ ^(succeeded|failed)$ ]] || complain "expected succeeded or failed, not '${1:-}'"
[[ -n "${PUSHGATEWAY_URL:-}" ]] || exit 0

if [[ "$1" == succeeded ]]; then
    printf 'taskwire_deployment_info{version="%s",strategy="%s"} 1\n' "${RELEASE}" "${STRATEGY}" |
        put taskwire-deployment
else
    count=$(failures)
    printf '# TYPE taskwire_deployment_failed_total counter\ntaskwire_deployment_failed_total %d\n' \
        "$((count + 1))" | put taskwire-deployment-failures
fi
