"""Spans of the bridge's step of an event's way: from Kafka to Redis."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final, TypeAlias

from aiokafka import ConsumerRecord
from opentelemetry.trace import SpanKind

from infra.settings import KAFKA_TOPIC
from infra.telemetry.tracing import Tracing, is_sampled

_TRACE_PARENT: Final = "traceparent"
_MS_TO_NS: Final = 1_000_000
_NOTHING: Final = nullcontext()

Record: TypeAlias = ConsumerRecord[bytes, bytes]
BridgeSpans: TypeAlias = Callable[[Sequence[Record]], AbstractContextManager[object]]


def bridging(tracing: Tracing | None) -> BridgeSpans:
    """Spans around the publishing of records from Kafka to Redis."""
    if tracing is None:
        return lambda _records: _NOTHING

    @contextmanager
    def spans(records: Sequence[Record]) -> Iterator[None]:
        started_ns = time.time_ns()
        try:
            yield
        finally:
            for record in records:
                _bridged(tracing, record, started_ns)

    return spans


def _bridged(tracing: Tracing, record: Record, started_ns: int) -> None:
    trace_parent = _trace_parent(record)
    if not is_sampled(trace_parent):
        return
    ended_ns = time.time_ns()
    processed = tracing.record(
        f"process {KAFKA_TOPIC}",
        trace_parent,
        {
            "messaging.system": "kafka",
            "messaging.destination.name": KAFKA_TOPIC,
            "messaging.destination.partition.id": str(record.partition),
            "messaging.kafka.offset": record.offset,
        },
        kind=SpanKind.CONSUMER,
        started_ns=min(record.timestamp * _MS_TO_NS, started_ns),
        ended_ns=ended_ns,
    )
    tracing.record(
        "PUBLISH project",
        processed,
        {"db.system.name": "redis", "db.operation.name": "PUBLISH"},
        kind=SpanKind.CLIENT,
        started_ns=started_ns,
        ended_ns=ended_ns,
    )


def _trace_parent(record: Record) -> str | None:
    for name, value in record.headers:
        if name == _TRACE_PARENT:
            text: str = value.decode(errors="replace")
            return text
    return None
