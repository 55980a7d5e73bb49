"""The metrics of a process, or of all web workers, as Prometheus reads them."""

import os
from collections.abc import Iterator
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Metric, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

# Set by whoever runs several workers, before they import anything; the library reads it too.
MULTIPROCESS_DIRECTORY_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"

# Metrics that some roles alone have: elsewhere they would be zeros that mean nothing.
_PREFIXES_BY_ROLES: Final = {
    ("web",): (
        "taskwire_http_",
        "taskwire_graphql_",
        "taskwire_loader_",
        "taskwire_snapshot_",
        "taskwire_rate_",
        "taskwire_websocket_",
        "taskwire_sse_",
        "taskwire_subscription",
        "taskwire_live_",
        "taskwire_presence_",
        "taskwire_pubsub_",
    ),
    ("relay",): ("taskwire_outbox_", "taskwire_relay_"),
    ("bridge",): ("taskwire_bridge_",),
    ("worker",): (
        "taskwire_worker_",
        "taskwire_active_",
        "taskwire_task",
        "taskwire_comments_",
        "taskwire_project_",
    ),
    ("bridge", "worker"): ("taskwire_consumer_",),
    ("web", "relay"): ("taskwire_sql_",),
}


def is_multiprocess() -> bool:
    """Whether this process's metrics go to files, to be put together with those of others."""
    return MULTIPROCESS_DIRECTORY_VARIABLE in os.environ


def expose(role: str) -> bytes:
    """The text of a scrape: this process's metrics, or those of all workers."""
    registry = CollectorRegistry()
    registry.register(_OfRole(role, _source()))
    return generate_latest(registry)


def _source() -> CollectorRegistry:
    directory = os.environ.get(MULTIPROCESS_DIRECTORY_VARIABLE)
    if directory is None:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=directory)  # type: ignore[no-untyped-call]
    return registry


class _OfRole(Collector):
    """What of a registry a role's process tells."""

    def __init__(self, role: str, source: CollectorRegistry) -> None:
        self._role = role
        self._source = source

    def collect(self) -> Iterator[Metric]:
        """The metrics of this role and those that all have."""
        for metric in self._source.collect():
            if _is_told_by(self._role, metric.name):
                yield metric

    def describe(self) -> Iterator[Metric]:
        """Nothing: the names are those of the source, which has seen to them."""
        yield from ()


def _is_told_by(role: str, name: str) -> bool:
    for roles, prefixes in _PREFIXES_BY_ROLES.items():
        if name.startswith(prefixes):
            return role in roles
    return True
