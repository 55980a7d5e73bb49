"""Every metric that rules and dashboards may name."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from tests.infra.deploy.observability.programs import ROOT, RULES

# A test holds it equal to what the processes of a running stack tell.
METRICS_TABLE: Final = ROOT / "docs" / "metrics.md"
_ROW: Final = re.compile(r"^\| `(\w+)` \| (\w+) \|", re.MULTILINE)

# By the program that exposes them. Where it runs, tests/observed_stack holds it to its names.
_FOREIGN: Final[Mapping[str, str]] = {
    "no program": "up ALERTS",
    "Prometheus itself": "prometheus_rule_evaluation_failures_total",
    "Alertmanager": "alertmanager_notifications_failed_total",
    "every client library": """process_cpu_seconds_total process_max_fds process_open_fds
        process_resident_memory_bytes process_start_time_seconds""",
    "node-exporter": """node_cpu_seconds_total node_disk_io_time_seconds_total
        node_filesystem_avail_bytes node_filesystem_size_bytes node_load5
        node_memory_MemAvailable_bytes node_memory_MemTotal_bytes
        node_network_receive_bytes_total node_network_transmit_bytes_total""",
    "kube-state-metrics": """kube_deployment_spec_replicas kube_deployment_status_condition
        kube_deployment_status_replicas_available kube_horizontalpodautoscaler_spec_max_replicas
        kube_horizontalpodautoscaler_status_desired_replicas kube_pod_container_resource_limits
        kube_pod_container_status_restarts_total kube_pod_container_status_waiting_reason
        kube_pod_status_phase""",
    "the kubelet's cAdvisor": """container_cpu_usage_seconds_total
        container_memory_working_set_bytes""",
    "Argo Rollouts": "rollout_info",
    "postgres_exporter": """pg_database_size_bytes pg_replication_lag_seconds
        pg_settings_max_connections pg_stat_activity_count pg_stat_activity_max_tx_duration
        pg_stat_database_blks_hit pg_stat_database_blks_read pg_stat_database_deadlocks
        pg_stat_database_xact_commit pg_stat_database_xact_rollback""",
    "redis_exporter": """redis_blocked_clients redis_commands_processed_total
        redis_connected_clients redis_evicted_keys_total redis_memory_max_bytes
        redis_memory_used_bytes redis_pubsub_channels""",
    "kafka_exporter": "kafka_consumergroup_lag kafka_topic_partition_under_replicated_partition",
    "blackbox_exporter": "probe_ssl_earliest_cert_expiry probe_success",
    "the delivery pipeline": "taskwire_deployment_failed_total taskwire_deployment_info",
}


def foreign(program: str) -> frozenset[str]:
    """The metrics of one program that are not Taskwire's own."""
    return frozenset(_FOREIGN[program].split())


@cache
def foreign_names() -> frozenset[str]:
    """The metrics of all of them."""
    return frozenset(name for program in _FOREIGN for name in foreign(program))


@cache
def recorded() -> frozenset[str]:
    """The metrics that recording rules make."""
    return frozenset(str(rule["record"]) for rule in all_rules() if "record" in rule)


@cache
def existing() -> frozenset[str]:
    """All of them, histograms by each of their series."""
    rows = _ROW.findall(METRICS_TABLE.read_text(encoding="utf-8"))
    own = [series for name, kind in rows for series in _series(name, kind)]
    return frozenset(own) | foreign_names() | recorded()


def _series(name: str, kind: str) -> list[str]:
    if kind == "histogram":
        return [f"{name}_bucket", f"{name}_sum", f"{name}_count"]
    return [name]


@cache
def all_rules() -> tuple[dict[str, object], ...]:
    """Every rule of every file, as written."""
    return tuple(rule for path in RULES for rule in rules_of(path))


def rules_of(path: Path) -> Iterator[dict[str, object]]:
    """The rules of one file."""
    for group in yaml.safe_load(path.read_text())["groups"]:
        yield from group["rules"]
