"""The machine's clock, identifiers and trace, behind the domain's ports."""

from datetime import UTC, datetime
from uuid import UUID

from asyncpg.pgproto import pgproto
from opentelemetry import trace
from uuid_utils import uuid7

from infra.telemetry.tracing import trace_parent_of


class SystemClock:
    """`domain.ports.Clock` by the machine's clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


class Uuid7Generator:
    """`domain.ports.IdGenerator`: ids that sort by the time they were made."""

    def new_id(self) -> UUID:
        """A new UUID version 7."""
        # Of the driver's own class, as those that come from the database: sent as it is.
        return pgproto.UUID(uuid7().bytes)


class Untraced:
    """`domain.ports.TraceContext` of a process that makes no traces."""

    def current_trace_parent(self) -> None:
        """None."""


class OpenTelemetryTraceContext:
    """`domain.ports.TraceContext` by OpenTelemetry's current span."""

    def current_trace_parent(self) -> str | None:
        """The W3C traceparent of the active span, or None outside any trace."""
        return trace_parent_of(trace.get_current_span())
