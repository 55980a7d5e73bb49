"""A stand-in for Taskwire's processes: every metric they expose, moving with each scrape."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from tests.infra.deploy.observability.metrics_server import metrics_served

Labels = Mapping[str, Sequence[str]]

# The processes that expose each metric, its type, and the values its labels take here.
_EVERY: Final = ("web", "relay", "bridge", "worker")
_OPERATION: Final[Labels] = {"operation": ["Board"], "type": ["query"]}
_ROUTE: Final[Labels] = {"method": ["POST"], "route": ["/graphql", "static"]}
METRICS: Final[Mapping[str, tuple[str, Sequence[str], Labels]]] = {
    "taskwire_http_requests": ("counter", ["web"], {**_ROUTE, "status": ["200"]}),
    "taskwire_http_request_seconds": ("histogram", ["web"], _ROUTE),
    "taskwire_graphql_operations": ("counter", ["web"], {**_OPERATION, "outcome": ["ok"]}),
    "taskwire_graphql_operation_seconds": ("histogram", ["web"], _OPERATION),
    "taskwire_graphql_errors": ("counter", ["web"], {"code": ["NOT_FOUND"]}),
    "taskwire_graphql_plan_cache": ("counter", ["web"], {"outcome": ["hit", "miss"]}),
    "taskwire_graphql_documents_cached": ("gauge", ["web"], {}),
    "taskwire_loader_batch_size": ("histogram", ["web"], {"loader": ["tasks"]}),
    "taskwire_loader_seconds": ("histogram", ["web"], {"loader": ["tasks"]}),
    "taskwire_snapshot_requests": ("counter", ["web"], {"outcome": ["hit", "miss"]}),
    "taskwire_rate_limited": ("counter", ["web"], {"limit": ["login"]}),
    "taskwire_sql_seconds": (
        "histogram",
        ["web", "relay"],
        {"statement_kind": ["read", "unit_of_work"]},
    ),
    "taskwire_sql_pool_connections": ("gauge", ["web", "relay"], {"state": ["idle", "used"]}),
    "taskwire_sql_pool_wait_seconds": ("histogram", ["web", "relay"], {}),
    "taskwire_websocket_connections": ("gauge", ["web"], {}),
    "taskwire_websocket_closes": ("counter", ["web"], {"code": ["4400"]}),
    "taskwire_sse_connections": ("gauge", ["web"], {}),
    "taskwire_subscriptions": ("gauge", ["web"], {"field": ["projectChanges"]}),
    "taskwire_subscription_groups": ("gauge", ["web"], {}),
    "taskwire_live_feeds": ("gauge", ["web"], {}),
    "taskwire_live_followers": ("gauge", ["web"], {}),
    "taskwire_live_deliveries": ("counter", ["web"], {}),
    "taskwire_live_resyncs": ("counter", ["web"], {"reason": ["overflow"]}),
    "taskwire_live_gaps": ("counter", ["web"], {"noticed_by": ["event"]}),
    "taskwire_live_latency_seconds": ("histogram", ["web"], {}),
    "taskwire_live_queued_messages": ("gauge", ["web"], {}),
    "taskwire_pubsub_reconnects": ("counter", ["web"], {}),
    "taskwire_presence_members": ("gauge", ["web"], {}),
    "taskwire_outbox_events": ("gauge", ["relay"], {}),
    "taskwire_outbox_age_seconds": ("gauge", ["relay"], {}),
    "taskwire_relay_active": ("gauge", ["relay"], {}),
    "taskwire_relay_events": ("counter", ["relay"], {}),
    "taskwire_relay_failures": ("counter", ["relay"], {}),
    "taskwire_relay_produce_seconds": ("histogram", ["relay"], {}),
    "taskwire_bridge_events": ("counter", ["bridge"], {}),
    "taskwire_bridge_skipped_events": ("counter", ["bridge"], {}),
    "taskwire_bridge_latency_seconds": ("histogram", ["bridge"], {}),
    "taskwire_consumer_lag_events": ("gauge", ["bridge"], {"group": ["taskwire-bridge"]}),
    "taskwire_worker_runs": ("counter", ["worker"], {"job": ["housekeeping"], "outcome": ["ok"]}),
    "taskwire_worker_run_seconds": ("histogram", ["worker"], {"job": ["housekeeping"]}),
    "taskwire_event_loop_lag_seconds": ("histogram", _EVERY, {}),
    "taskwire_build_info": ("gauge", _EVERY, {"version": ["1.0"], "commit": ["c0ffee"]}),
    "taskwire_log_lines": ("counter", _EVERY, {"level": ["info"]}),
    "taskwire_log_lines_lost": ("counter", _EVERY, {}),
    "taskwire_dependency_up": ("gauge", _EVERY, {"dependency": ["postgres", "redis", "kafka"]}),
    "taskwire_active_users": ("gauge", ["worker"], {"window": ["day", "week"]}),
    "taskwire_tasks_created": ("counter", ["worker"], {}),
    "taskwire_tasks_completed": ("counter", ["worker"], {}),
    "taskwire_comments_created": ("counter", ["worker"], {}),
    "taskwire_tasks_open": ("gauge", ["worker"], {}),
    "taskwire_task_completion_ratio": ("gauge", ["worker"], {}),
    "taskwire_project_progress_ratio": (
        "gauge",
        ["worker"],
        {"workspace": ["demo"], "project": ["board"]},
    ),
}
# Counters of what goes wrong, which stand still while all is well.
_FAULTS: Final = frozenset(
    {
        "taskwire_log_lines_lost",
        "taskwire_relay_failures",
        "taskwire_bridge_skipped_events",
        "taskwire_live_resyncs",
        "taskwire_pubsub_reconnects",
    }
)
_METRIC_BY_TYPE: Final[Mapping[str, type[Counter | Gauge | Histogram]]] = {
    "counter": Counter,
    "gauge": Gauge,
    "histogram": Histogram,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One served process; counts and gauges may be changed to provoke a fault."""

    registry: CollectorRegistry
    metrics: Mapping[str, Counter | Gauge | Histogram]
    stop: Callable[[], None]

    def gauge(self, name: str) -> Gauge:
        metric = self.metrics[name]
        assert isinstance(metric, Gauge)
        return metric

    def counter(self, name: str) -> Counter:
        metric = self.metrics[name]
        assert isinstance(metric, Counter)
        return metric


class _Movement(Collector):
    """Collects nothing; being asked is what moves the metrics."""

    def __init__(self, moves: Sequence[Callable[[], None]]) -> None:
        self._moves = moves

    def collect(self) -> Iterator[Metric]:
        for move in self._moves:
            move()
        return iter(())

    def describe(self) -> Iterator[Metric]:
        return iter(())


@contextmanager
def serving(process: str, port: int) -> Iterator[Process]:
    """Serve /metrics of one of Taskwire's processes until the block or `stop` ends it."""
    registry = CollectorRegistry()
    moves: list[Callable[[], None]] = []
    registry.register(_Movement(moves))
    ProcessCollector(registry=registry)
    metrics = {
        name: _METRIC_BY_TYPE[kind](
            name, "As docs/metrics.md says.", list(labels), registry=registry
        )
        for name, (kind, processes, labels) in METRICS.items()
        if process in processes
    }
    for name, metric in metrics.items():
        moves += _moves(name, metric)
    with metrics_served(registry, port) as stop:
        yield Process(registry=registry, metrics=metrics, stop=stop)


def _moves(name: str, metric: Counter | Gauge | Histogram) -> Iterator[Callable[[], None]]:
    labels = METRICS[name][2]
    for values in product(*labels.values()):
        child = metric.labels(*values) if values else metric
        match child:
            case Counter() if name in _FAULTS:
                child.inc(0)
            case Counter():
                yield child.inc
            case Gauge():
                child.set(1)
            case Histogram():
                yield lambda histogram=child: histogram.observe(0.02)  # type: ignore[misc]
