"""Spans of an event on its way: out of the outbox, and to the subscribers.

Many events travel at once, so their spans are made when a step is over, each in the trace of the
change it tells of. An event whose trace is not sampled costs a look at the last three letters of
its traceparent; without tracing, nothing.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final, Protocol, TypeAlias, TypeGuard

from opentelemetry.trace import SpanKind

from domain.events import ProjectEvent, Resync
from infra.settings import KAFKA_TOPIC
from infra.telemetry.tracing import Attributes, Tracing, is_sampled

_NOTHING: Final = nullcontext()


class HasEvent(Protocol):
    """An entry of the outbox, as far as spans are concerned."""

    @property
    def event(self) -> ProjectEvent:
        """The event that waits there."""
        ...


OutboxSpans: TypeAlias = Callable[[Sequence[HasEvent]], AbstractContextManager[object]]
DeliverySpans: TypeAlias = Callable[[ProjectEvent], AbstractContextManager[object]]


def relaying(tracing: Tracing | None) -> OutboxSpans:
    """Spans around the sending of entries of the outbox to Kafka."""
    if tracing is None:
        return lambda _entries: _NOTHING

    @contextmanager
    def spans(entries: Sequence[HasEvent]) -> Iterator[None]:
        fetched_ns = time.time_ns()
        try:
            yield
        finally:
            for entry in entries:
                _relayed(tracing, entry.event, fetched_ns)

    return spans


def _relayed(tracing: Tracing, event: ProjectEvent, fetched_ns: int) -> None:
    if not is_sampled(event.trace_parent):
        return
    attributes = _event_attributes(event)
    in_outbox = tracing.record(
        "outbox",
        event.trace_parent,
        attributes,
        kind=SpanKind.INTERNAL,
        # By the clock of the process that made the change, which may be ahead.
        started_ns=min(int(event.occurred_at.timestamp() * 1e9), fetched_ns),
        ended_ns=fetched_ns,
    )
    tracing.record(
        f"send {KAFKA_TOPIC}",
        in_outbox,
        {**attributes, "messaging.system": "kafka", "messaging.destination.name": KAFKA_TOPIC},
        kind=SpanKind.PRODUCER,
        started_ns=fetched_ns,
        ended_ns=time.time_ns(),
    )


def delivering(tracing: Tracing | None) -> DeliverySpans:
    """One span around the handing of an event to all who follow its project in this process."""
    if tracing is None:
        return lambda _event: _NOTHING

    def spans(event: ProjectEvent) -> AbstractContextManager[object]:
        if not is_sampled(event.trace_parent):
            return _NOTHING
        return tracing.following(
            "deliver", event.trace_parent, _event_attributes(event), SpanKind.CONSUMER
        )

    return spans


class GroupSpans:
    """Spans of what a group of subscriptions does with an event: two for each, not for each socket.

    Events that came together are executed together. The statements of that are in the trace of the
    first of them that is recorded.
    """

    def __init__(self, tracing: Tracing | None) -> None:
        self._tracing = tracing

    @contextmanager
    def executing(self, field: str, updates: Sequence[ProjectEvent | Resync]) -> Iterator[None]:
        """Around the execution of the updates, once for all members."""
        tracing = self._tracing
        sampled = [] if tracing is None else [u for u in updates if _is_traced(u)]
        if tracing is None or not sampled:
            yield
            return
        name = f"execute {field}"
        first, *others = sampled
        started_ns = time.time_ns()
        attributes = {**_event_attributes(first), "taskwire.events": len(updates)}
        try:
            with tracing.following(name, first.trace_parent, attributes, SpanKind.INTERNAL):
                yield
        finally:
            for event in others:
                tracing.record(
                    name,
                    event.trace_parent,
                    {**_event_attributes(event), "taskwire.events": len(updates)},
                    kind=SpanKind.INTERNAL,
                    started_ns=started_ns,
                    ended_ns=time.time_ns(),
                )

    def sending(
        self, field: str, update: ProjectEvent | Resync, members: int
    ) -> AbstractContextManager[object]:
        """Around the writing of the result to every member."""
        if self._tracing is None or not _is_traced(update):
            return _NOTHING
        return self._tracing.following(
            f"send {field}",
            update.trace_parent,
            {**_event_attributes(update), "taskwire.subscriptions": members},
            SpanKind.PRODUCER,
        )


def _is_traced(update: ProjectEvent | Resync) -> TypeGuard[ProjectEvent]:
    return isinstance(update, ProjectEvent) and is_sampled(update.trace_parent)


def _event_attributes(event: ProjectEvent) -> Attributes:
    return {
        "taskwire.event.kind": event.kind.value,
        "taskwire.event.seq": event.seq,
        "taskwire.project.id": str(event.project_id),
    }
