"""What the access log tells of an operation, kept as it is until its line is written."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from opentelemetry.trace import SpanContext, format_span_id, format_trace_id

from infra.telemetry.request_scope import RequestScope

Fields: TypeAlias = dict[str, str | int | None]

ACCESS_LOGGER: Final = "taskwire.access"
_NS_PER_MS: Final = 1e6
_MS_PER_SECOND: Final = 1_000


@dataclass(slots=True, kw_only=True)
class LiveFacts:
    """What became of a live subscription."""

    deliveries: int
    resyncs: int
    # Why it ended.
    ending: str


@dataclass(slots=True, kw_only=True)
class Access:
    """An operation and, once it has ended, its end. Its name alone is what a client wrote."""

    name: str
    kind: str
    cost: int | None
    user_id: UUID | None
    request: RequestScope | None
    # Where it is in which trace.
    span: SpanContext | None
    # By time.time.
    ended_at: float = 0.0
    duration_ns: int = 0
    outcome: str = ""
    code: str | None = None
    live: LiveFacts | None = None


class AccessRecord(logging.LogRecord):
    """A record of the log that is composed when it is written, with others of its kind.

    Nothing else changes it, so that may be later, and in another thread.
    """

    def __init__(self, access: Access) -> None:
        super().__init__(ACCESS_LOGGER, logging.INFO, "", 0, "", (), None)
        self.created = access.ended_at
        self.msecs = int(access.ended_at * _MS_PER_SECOND) % _MS_PER_SECOND
        self.access = access

    def redact(self, redact: Callable[[str], str]) -> None:
        """Take secrets out of what the client wrote."""
        self.access.name = redact(self.access.name)

    def getMessage(self) -> str:  # noqa: N802 - the base's name
        """The line for people."""
        access = self.access
        told = (access.kind, access.name, access.outcome, access.code)
        milliseconds = access.duration_ns / _NS_PER_MS
        return f"{' '.join(word for word in told if word)} {milliseconds:.1f} ms"

    def fields(self) -> Fields:
        """The line's fields beside its message; docs/observability.md tells of each."""
        access, request, span, live = (
            self.access, self.access.request, self.access.span, self.access.live,
        )  # fmt: skip
        fields: Fields = {
            "event.dataset": ACCESS_LOGGER,
            "event.duration": access.duration_ns,
            "taskwire.operation": access.name,
            "taskwire.operation_type": access.kind,
            "taskwire.outcome": access.outcome,
        }
        if access.code is not None:
            fields["taskwire.code"] = access.code
        if access.cost is not None:
            fields["taskwire.cost"] = access.cost
        if access.user_id is not None:
            fields["user.id"] = str(access.user_id)
        if request is not None:
            fields["taskwire.transport"] = request.transport
            fields["http.request.id"] = request.request_id
        if span is not None:
            fields["trace.id"] = format_trace_id(span.trace_id)
            fields["span.id"] = format_span_id(span.span_id)
        if live is not None:
            fields["taskwire.deliveries"] = live.deliveries
            fields["taskwire.resyncs"] = live.resyncs
            fields["taskwire.ending"] = live.ending
        return fields
