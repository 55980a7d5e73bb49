"""Traces by OpenTelemetry, sent as OTLP over HTTP.

There is no `Tracing` where no endpoint is set, and whoever would make spans asks for it first: so
untraced processes make none. Spans carry names of ours and of GraphQL operations, statements'
texts without their parameters, counts and ids of events; never what a person wrote.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from contextvars import ContextVar
from random import random
from types import TracebackType
from typing import Final, TypeAlias

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace import (
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TracerProvider,
    format_span_id,
    format_trace_id,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from infra.settings import Settings
from infra.telemetry.build import VERSION
from infra.telemetry.log_lines import service_name

_LOG = logging.getLogger(__name__)

Attributes: TypeAlias = Mapping[str, str | int | float | bool]

# What the last spans get at the end of the process.
_SHUTDOWN_SECONDS: Final = 3.0
# The last digit of a traceparent, when the lowest of its flags is set.
_SAMPLED: Final = frozenset("13579bdf")
_NOTHING: Final = nullcontext()
_PROPAGATOR: Final = TraceContextTextMapPropagator()
# Whether spans are made here; None where nobody has decided. To ask OpenTelemetry would cost more
# than all that is done of a trace that is not recorded.
_IS_RECORDED: Final[ContextVar[bool | None]] = ContextVar("is_recorded", default=None)

# Whether `inside` would make a span here: for those who are called often to ask first. No call of
# Python's own.
is_recording: Final = _IS_RECORDED.get


def is_left_out() -> bool:
    """Whether this is inside of a trace that is not recorded."""
    return _IS_RECORDED.get() is False


class Tracing:
    """Makes spans: the first of a trace, those inside of it, and those of other processes' traces.

    The ratio is the share of the traces beginning here that are recorded. Whoever begins one
    decides for all. Of a trace that is not recorded nothing is made.
    """

    def __init__(self, provider: TracerProvider, *, sample_ratio: float = 1.0) -> None:
        self._tracer = provider.get_tracer("taskwire", VERSION)
        self._sample_ratio = sample_ratio

    def find_span_context(self) -> SpanContext | None:
        """Where in which trace this is, recorded or not, or None outside of any."""
        context = trace.get_current_span().get_span_context()
        return context if context.is_valid else None

    def request(
        self, name: str, trace_parent: str | None, attributes: Attributes
    ) -> AbstractContextManager[object]:
        """A server's span: the caller's trace goes on here, or one begins, if it is sampled."""
        if trace_parent is None and not self._is_sampled():
            return _LeftOut()
        return self._span(name, _context(trace_parent), SpanKind.SERVER, attributes)

    @contextmanager
    def operation(self, name: str, attributes: Attributes) -> Iterator[Span | None]:
        """A span within the current one, or the first of a trace; None where it is not sampled."""
        is_recorded = _IS_RECORDED.get()
        if is_recorded is None:
            is_recorded = self._is_sampled()
        if not is_recorded:
            yield None
            return
        with self._span(name, None, SpanKind.INTERNAL, attributes) as span:
            yield span

    def inside(
        self, name: str, attributes: Attributes | None = None, kind: SpanKind = SpanKind.INTERNAL
    ) -> AbstractContextManager[object]:
        """A span within the current one, if that is recorded."""
        return self._span(name, None, kind, attributes) if is_recording() else _NOTHING

    def following(
        self, name: str, trace_parent: str | None, attributes: Attributes, kind: SpanKind
    ) -> AbstractContextManager[object]:
        """A span that goes on with what another process began; none if that is not sampled."""
        if not is_sampled(trace_parent):
            # Nor of what this may have been started by.
            return _LeftOut()
        return self._span(name, _context(trace_parent), kind, attributes)

    def _span(
        self,
        name: str,
        context: otel_context.Context | None,
        kind: SpanKind,
        attributes: Attributes | None,
    ) -> "_CurrentSpan":
        span = self._tracer.start_span(name, context, kind, attributes)
        return _CurrentSpan(span)

    def _is_sampled(self) -> bool:
        return random() < self._sample_ratio  # noqa: S311 - a share, no secret

    def record(
        self,
        name: str,
        trace_parent: str | None,
        attributes: Attributes,
        *,
        kind: SpanKind,
        started_ns: int,
        ended_ns: int,
    ) -> str | None:
        """A span of something that is over, by time.time_ns → the traceparent of those inside."""
        if not is_sampled(trace_parent):
            return None
        span = self._tracer.start_span(
            name, _context(trace_parent), kind, attributes, start_time=started_ns
        )
        span.end(ended_ns)
        return trace_parent_of(span)


class _CurrentSpan:
    """A span that is the current one as long as the context is open, and ends with it.

    OpenTelemetry's own takes three generators for that.
    """

    __slots__ = ("_recorded", "_span", "_token")

    def __init__(self, span: Span) -> None:
        self._span = span

    def __enter__(self) -> Span:
        span = self._span
        self._token = otel_context.attach(trace.set_span_in_context(span))
        self._recorded = _IS_RECORDED.set(span.is_recording())
        return span

    def __exit__(
        self, exc_type: object, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _IS_RECORDED.reset(self._recorded)
        otel_context.detach(self._token)
        if error is not None:
            # What an error says may quote what a person wrote; its class does not.
            self._span.set_status(StatusCode.ERROR, type(error).__name__)
        self._span.end()


class _LeftOut:
    """Makes nothing inside of it be recorded."""

    __slots__ = ("_token",)

    def __enter__(self) -> None:
        self._token = _IS_RECORDED.set(False)

    def __exit__(self, *_: object) -> None:
        _IS_RECORDED.reset(self._token)


def trace_parent_of(span: Span) -> str | None:
    """The W3C traceparent of a span, or None outside any trace."""
    context = span.get_span_context()
    if not context.is_valid:
        return None
    trace_id, span_id = format_trace_id(context.trace_id), format_span_id(context.span_id)
    return f"00-{trace_id}-{span_id}-{int(context.trace_flags):02x}"


def is_sampled(trace_parent: str | None) -> bool:
    """Whether a W3C traceparent says that its trace is recorded."""
    return trace_parent is not None and trace_parent[-1:] in _SAMPLED


@asynccontextmanager
async def open_tracing(settings: Settings, role: str) -> AsyncIterator[Tracing | None]:
    """The role's tracing, or None without an endpoint; the last spans are sent at the end."""
    if settings.otel_endpoint is None:
        yield None
        return
    # The SDK and its exporter take a tenth of a second to import.
    from infra.telemetry.otlp import otlp_provider  # noqa: PLC0415

    provider = otlp_provider(settings, service_name(role), settings.otel_endpoint)
    try:
        yield Tracing(provider, sample_ratio=settings.trace_sample_ratio)
    finally:
        try:
            async with asyncio.timeout(_SHUTDOWN_SECONDS):
                await asyncio.to_thread(provider.shutdown)
        except TimeoutError:
            _LOG.warning("the last spans were not sent in time")


def _context(trace_parent: str | None) -> otel_context.Context | None:
    """What a span's parent is taken from; None for the current context."""
    if trace_parent is None:
        return None
    return _PROPAGATOR.extract({"traceparent": trace_parent}, otel_context.Context())
