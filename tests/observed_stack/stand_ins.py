"""Stand-ins for the exporters that Debian has no package of.

kube-state-metrics, the kubelet's cAdvisor, Argo Rollouts and kafka_exporter need a cluster, or are
not at hand. What is served here was written from their documentation, with the labels that it
lists, so that joins and patterns of rules and dashboards meet label sets like theirs. It says
nothing of what those programs really expose.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from infra.settings import KAFKA_TOPIC
from tests.infra.deploy.observability.metrics_server import metrics_served

Samples = Sequence[tuple[Mapping[str, str], float]]

MEBIBYTE: Final = 1 << 20
CPU_SHARE: Final = 0.2
MEMORY_SHARE: Final = 0.25
_CPU_LIMIT_CORES: Final = 0.5
_MEMORY_LIMIT_BYTES: Final = 512 * MEBIBYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """A pod with one container, which is called like its deployment."""

    namespace: str
    deployment: str
    name: str
    uid: str

    @property
    def labels(self) -> dict[str, str]:
        return {"namespace": self.namespace, "pod": self.name, "uid": self.uid}

    @property
    def container_labels(self) -> dict[str, str]:
        return {**self.labels, "container": self.deployment}


# The last belongs to somebody else in the same cluster.
PODS: Final = (
    Pod(namespace="taskwire", deployment="web", name="web-6f7d8c9b4-2xk8p", uid="4b1f"),
    Pod(namespace="taskwire", deployment="web", name="web-6f7d8c9b4-q9wvz", uid="9c37"),
    Pod(namespace="taskwire", deployment="relay", name="relay-5d4b7f6c8-m2n4r", uid="d05a"),
    Pod(namespace="billing", deployment="api", name="api-7c9f5d6b8-t6h3s", uid="11ce"),
)
_REPLICAS_BY_DEPLOYMENT: Final = Counter((pod.namespace, pod.deployment) for pod in PODS)


class _Exposition(Collector):
    def __init__(self, families: Callable[[], Iterator[Metric]]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        return self._families()


@contextmanager
def serving(families: Callable[[], Iterator[Metric]], port: int) -> Iterator[None]:
    """Serve the metrics on the loopback interface, until the block ends."""
    registry = CollectorRegistry()
    registry.register(_Exposition(families))
    with metrics_served(registry, port):
        yield


def kube_state_metrics() -> Iterator[Metric]:
    """Deployments, pods and autoscalers, all well."""
    replicas = [
        ({"namespace": namespace, "deployment": deployment}, float(count))
        for (namespace, deployment), count in _REPLICAS_BY_DEPLOYMENT.items()
    ]
    yield _family("kube_deployment_spec_replicas", replicas)
    yield _family("kube_deployment_status_replicas_available", replicas)
    yield _family(
        "kube_deployment_status_condition",
        [
            (
                {
                    **labels,
                    "condition": "Progressing",
                    "reason": "NewReplicaSetAvailable",
                    "status": status,
                },
                float(status == "true"),
            )
            for labels, _ in replicas
            for status in ("true", "false", "unknown")
        ],
    )
    autoscaler = {"namespace": "taskwire", "horizontalpodautoscaler": "web"}
    yield _family("kube_horizontalpodautoscaler_spec_max_replicas", [(autoscaler, 10)])
    yield _family("kube_horizontalpodautoscaler_status_desired_replicas", [(autoscaler, 2)])
    yield _family(
        "kube_pod_status_phase",
        [
            ({**pod.labels, "phase": phase}, float(phase == "Running"))
            for pod in PODS
            for phase in ("Pending", "Running", "Succeeded", "Failed", "Unknown")
        ],
    )
    yield from _containers_of_kube_state_metrics()


def _containers_of_kube_state_metrics() -> Iterator[Metric]:
    limits = (("cpu", "core", _CPU_LIMIT_CORES), ("memory", "byte", _MEMORY_LIMIT_BYTES))
    yield _family(
        "kube_pod_container_resource_limits",
        [
            (
                {**pod.container_labels, "node": "node-1", "resource": resource, "unit": unit},
                float(limit),
            )
            for pod in PODS
            for resource, unit, limit in limits
        ],
    )
    restarts: Samples = [(pod.container_labels, 0) for pod in PODS]
    yield _family("kube_pod_container_status_restarts_total", restarts)
    # Only of containers that wait.
    yield _family("kube_pod_container_status_waiting_reason", [])


def cadvisor() -> Iterator[Metric]:
    """What containers use: each of its own, its pod's in all, and some runtimes' sandbox."""
    used = [
        (_cgroup(pod, container), share)
        for pod in PODS
        for container, share in ((pod.deployment, 1.0), ("", 1.01), ("POD", 0.01))
    ]
    cores = CPU_SHARE * _CPU_LIMIT_CORES
    yield _family(
        "container_cpu_usage_seconds_total",
        [({**labels, "cpu": "total"}, share * cores * time.monotonic()) for labels, share in used],
    )
    memory_bytes = MEMORY_SHARE * _MEMORY_LIMIT_BYTES
    yield _family(
        "container_memory_working_set_bytes",
        [(labels, share * memory_bytes) for labels, share in used],
    )


def _cgroup(pod: Pod, container: str) -> dict[str, str]:
    return {
        "namespace": pod.namespace,
        "pod": pod.name,
        "container": container,
        "id": f"/kubepods.slice/kubepods-burstable-pod{pod.uid}.slice/{container}",
        "image": f"registry.example.com/{container}:1.0.0" if container else "",
        "name": f"{pod.uid}{container}" if container else "",
    }


def argo_rollouts() -> Iterator[Metric]:
    """One rollout, at its end."""
    labels = {
        "namespace": "taskwire",
        "name": "web",
        "strategy": "canary",
        "traffic_router": "",
        "phase": "Healthy",
    }
    yield _family("rollout_info", [(labels, 1)])


def kafka_exporter() -> Iterator[Metric]:
    """Two partitions, and a group that reads them."""
    partitions = [{"topic": KAFKA_TOPIC, "partition": str(number)} for number in range(2)]
    groups = [{**labels, "consumergroup": "taskwire-bridge"} for labels in partitions]
    yield _family("kafka_consumergroup_lag", [(labels, 3) for labels in groups])
    yield _family(
        "kafka_topic_partition_under_replicated_partition", [(labels, 0) for labels in partitions]
    )


def _family(name: str, samples: Samples) -> Metric:
    kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
    family = kind(name, "As its documentation says.", labels=[*samples[0][0]] if samples else [])
    for labels, value in samples:
        family.add_metric([*labels.values()], value)
    return family


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """What is served, and the labels that the platform's monitors give to where it is served."""

    families: Callable[[], Iterator[Metric]]
    labels: Mapping[str, str] = field(default_factory=dict)


STAND_IN_BY_JOB: Final[Mapping[str, StandIn]] = {
    "kafka": StandIn(families=kafka_exporter),
    "kube-state-metrics": StandIn(
        families=kube_state_metrics,
        labels={
            "namespace": "monitoring",
            "pod": "kube-state-metrics-77b9c4d5f-zk6tq",
            "container": "kube-state-metrics",
        },
    ),
    "kubelet": StandIn(
        families=cadvisor,
        labels={"namespace": "kube-system", "service": "kubelet", "node": "node-1"},
    ),
    "argo-rollouts": StandIn(
        families=argo_rollouts,
        labels={
            "namespace": "argo-rollouts",
            "pod": "argo-rollouts-6c8f5d7b9-h4x2c",
            "container": "argo-rollouts",
        },
    ),
}
