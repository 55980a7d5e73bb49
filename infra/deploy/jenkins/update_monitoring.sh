#!/usr/bin/env bash
# Bring dashboards and alert rules to this version, and mark the deployment on the graphs.
source "$(dirname "$0")/release.sh"

observability=infra/deploy/observability
namespace="${MONITORING_NAMESPACE:-monitoring}"

# Nothing broken reaches Prometheus; it would go on with the old rules, in silence.
promtool check rules "${observability}"/prometheus/rules/*.yml

apply_files() {
    local name=$1 label=$2
    shift 2
    kubectl --namespace "${namespace}" create configmap "${name}" "${@/#/--from-file=}" \
        --dry-run=client --output yaml |
        kubectl label --local --filename - --output yaml "${label}=1" |
        kubectl --namespace "${namespace}" apply --server-side --force-conflicts --filename -
}

apply_files taskwire-rules prometheus_rules "${observability}"/prometheus/rules/*.yml
apply_files taskwire-dashboards grafana_dashboard "${observability}"/grafana/dashboards/*.json

if [[ -n "${PUSHGATEWAY_URL:-}" ]]; then
    printf 'taskwire_deployment_info{environment="%s",version="%s",strategy="%s"} 1\n' \
        "${ENVIRONMENT}" "${RELEASE}" "${STRATEGY}" |
        curl --silent --show-error --fail --max-time 10 --request PUT --data-binary @- \
            "${PUSHGATEWAY_URL}/metrics/job/taskwire-deployment/environment/${ENVIRONMENT}"
fi
