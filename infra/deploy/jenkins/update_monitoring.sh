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

# The operator reads rules from objects of its own kind, which hold a rule file as their spec.
apply_rules() {
    local file
    for file; do
        printf 'apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n'
        printf '  name: taskwire-%s\n' "$(basename "${file}" .yml | tr _ -)"
        printf '  labels: {app.kubernetes.io/part-of: taskwire}\nspec:\n'
        sed 's/^/  /' "${file}"
        printf -- '---\n'
    done | kubectl --namespace "${namespace}" apply --server-side --force-conflicts --filename -
}

apply_rules "${observability}"/prometheus/rules/*.yml
apply_files taskwire-dashboards grafana_dashboard "${observability}"/grafana/dashboards/*.json

infra/deploy/jenkins/push_deployment.sh succeeded
