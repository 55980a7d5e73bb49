"""The machine's clock, identifiers and trace, behind the domain's ports."""

from datetime import UTC, datetime
from uuid import UUID

from opentelemetry import trace
from opentelemetry.trace import format_span_id, format_trace_id
from uuid_utils.compat import uuid7


class SystemClock:
    """`domain.ports.Clock` by the machine's clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


class Uuid7Generator:
    """`domain.ports.IdGenerator`: ids that sort by the time they were made."""

    def new_id(self) -> UUID:
        """A new UUID version 7."""
        return uuid7()


class OpenTelemetryTraceContext:
    """`domain.ports.TraceContext` by OpenTelemetry's current span."""

    def current_trace_parent(self) -> str | None:
        """The W3C traceparent of the active span, or None outside any trace."""
        context = trace.get_current_span().get_span_context()
        if not context.is_valid:
            return None
        trace_id, span_id = format_trace_id(context.trace_id), format_span_id(context.span_id)
        return f"00-{trace_id}-{span_id}-{int(context.trace_flags):02x}"
