"""What is told of each GraphQL operation: metrics, a span and a line of the access log."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import partial
from time import perf_counter_ns, time
from typing import Final

from domain.errors import ErrorCode
from domain.events import JsonValue
from graph.context import GraphContext
from graph.operation import GraphResponse
from infra.metrics import GRAPHQL_ERRORS, GRAPHQL_OPERATION_SECONDS, GRAPHQL_OPERATIONS
from infra.telemetry.access_record import ACCESS_LOGGER, Access, AccessRecord, LiveFacts
from infra.telemetry.request_scope import CURRENT_REQUEST
from infra.telemetry.tally import CountTally, ObservationTally
from infra.telemetry.telemetry import Telemetry
from infra.telemetry.tracing import Tracing, is_left_out
from web.live.shared_responses import SharedResponses
from web.live.subscriber import SubscriberEnd
from web.operation_names import OTHER, OperationNames, logged_name

_ACCESS: Final = logging.getLogger(ACCESS_LOGGER)
_NS: Final = 1e-9
_UNKNOWN: Final = "unknown"
# Whoever asked has gone, or was told that it took too long.
_CANCELLED: Final = "CANCELLED"
# Lines that wait to be written, so that a burst does not wait for the clock.
_WAITING_MAX: Final = 256
_SERVER_CODES: Final = frozenset({"INTERNAL", "UNAVAILABLE"})
_USER_CODES: Final = frozenset(code.value for code in ErrorCode)


class Outcome(Enum):
    """How an operation ended, the best first."""

    OK = "ok"
    # The caller's wish was refused with a reason to show.
    USER_ERROR = "user_error"
    # The request was wrong, or is not for this caller.
    CLIENT_ERROR = "client_error"
    # A fault of ours, or of what we depend on.
    SERVER_ERROR = "server_error"


@dataclass(frozen=True, slots=True)
class _Figures:
    """The numbers of the operations of one name and type."""

    name: str
    kind: str
    seconds: ObservationTally
    count_by_outcome: dict[Outcome, CountTally]


class OperationTelemetry:
    """Measures operations around their execution, whatever transport they came by."""

    def __init__(self, telemetry: Telemetry, names: OperationNames) -> None:
        self._tallies = telemetry.tallies
        self._tracing = telemetry.tracing
        self._names = names
        self._figures_by_labels: dict[tuple[str, str], _Figures] = {}
        # Lines are composed many at a time: one by one, each would find cold caches.
        self._accesses: list[Access] = []
        telemetry.sample_with(self.hand_over)

    def hand_over(self) -> None:
        """Put down the lines of the operations that have ended."""
        accesses, self._accesses = self._accesses, []
        for access in accesses:
            # Not by `info`, which looks for the caller's line: that would cost as much again.
            _ACCESS.handle(AccessRecord(access))

    async def executed(
        self, context: GraphContext, execution: Awaitable[GraphResponse]
    ) -> GraphResponse:
        """The response of an execution in this context."""
        started_ns = perf_counter_ns()
        tracing = self._tracing
        try:
            if tracing is None or is_left_out():
                response = await execution
            else:
                with self._span(tracing, context):
                    response = await execution
        except BaseException as error:
            self._ended(context, (_code_of(error),), started_ns)
            raise
        self._ended(context, _codes(context, response), started_ns)
        return response

    async def subscribed(
        self,
        context: GraphContext,
        start: Awaitable[AsyncGenerator[GraphResponse, None] | GraphResponse],
    ) -> AsyncGenerator[GraphResponse, None] | GraphResponse:
        """The responses of a subscription in this context, or the one instead of them."""
        started_ns = perf_counter_ns()
        tracing = self._tracing
        try:
            if tracing is None or is_left_out():
                started = await start
            else:
                with self._span(tracing, context):
                    started = await start
        except BaseException as error:
            self._ended(context, (_code_of(error),), started_ns)
            raise
        if isinstance(started, GraphResponse):
            self._ended(context, _codes(context, started), started_ns)
            return started
        figures = self._figures(context)
        figures.seconds.observe(perf_counter_ns() - started_ns)
        if isinstance(started, SharedResponses):
            # Whoever it belongs to may send its answers past us, so it tells of its end itself.
            access = self._access(context, figures.kind)
            started.subscriber.when_ended = partial(self._live_ended, figures, access, started_ns)
            return started
        return self._followed(context, started, started_ns)

    async def _followed(
        self,
        context: GraphContext,
        responses: AsyncGenerator[GraphResponse, None],
        started_ns: int,
    ) -> AsyncGenerator[GraphResponse, None]:
        codes: Sequence[str] = ()
        try:
            async with aclosing(responses):
                async for response in responses:
                    codes = _codes(context, response)
                    yield response
        finally:
            # Its reader ends a subscription: that is no error.
            figures = self._figures(context)
            self._told(figures, self._access(context, figures.kind), codes, started_ns)

    def _live_ended(
        self, figures: _Figures, access: Access, started_ns: int, end: SubscriberEnd
    ) -> None:
        codes = [] if end.last is None else [_told_code(e.get("extensions")) for e in end.last]
        access.live = LiveFacts(
            deliveries=end.deliveries, resyncs=end.resyncs, ending=end.ending.value
        )
        self._told(figures, access, codes, started_ns)

    @contextmanager
    def _span(self, tracing: Tracing, context: GraphContext) -> Iterator[None]:
        with tracing.operation("graphql", {}) as span:
            try:
                yield
            finally:
                facts = context.facts
                if span is not None and facts is not None:
                    name = self._names.label(facts.name)
                    span.update_name(f"{facts.type.value} {name}")
                    span.set_attribute("graphql.operation.type", facts.type.value)
                    span.set_attribute("graphql.operation.name", name)
                    span.set_attribute("taskwire.cost", facts.cost)

    def _ended(self, context: GraphContext, codes: Sequence[str], started_ns: int) -> None:
        figures = self._figures(context)
        figures.seconds.observe(perf_counter_ns() - started_ns)
        access = self._access(context, figures.kind) if _is_access_logged() else None
        self._told(figures, access, codes, started_ns)

    def _told(
        self, figures: _Figures, access: Access | None, codes: Sequence[str], started_ns: int
    ) -> None:
        outcome = outcome_of(codes) if codes else Outcome.OK
        count = figures.count_by_outcome.get(outcome)
        if count is None:
            count = figures.count_by_outcome[outcome] = self._tallies.count(
                GRAPHQL_OPERATIONS, figures.name, figures.kind, outcome.value
            )
        count.count += 1
        for code in codes:
            self._tallies.count(GRAPHQL_ERRORS, code).count += 1
        if access is not None and _is_access_logged():
            access.duration_ns = perf_counter_ns() - started_ns
            access.outcome = outcome.value
            access.code = codes[0] if codes else None
            access.ended_at = time()
            self._accesses.append(access)
            if len(self._accesses) >= _WAITING_MAX:
                self.hand_over()

    def _access(self, context: GraphContext, kind: str) -> Access:
        facts, viewer, tracing = context.facts, context.viewer, self._tracing
        return Access(
            name=logged_name(None if facts is None else facts.name),
            kind=kind,
            cost=None if facts is None else facts.cost,
            user_id=None if viewer is None else viewer.user_id,
            request=CURRENT_REQUEST.get(),
            span=None if tracing is None else tracing.find_span_context(),
        )

    def _figures(self, context: GraphContext) -> _Figures:
        facts = context.facts
        # The name of what is no operation of ours is anybody's text.
        labels = (
            (OTHER, _UNKNOWN)
            if facts is None
            else (self._names.label(facts.name), facts.type.value)
        )
        known = self._figures_by_labels.get(labels)
        if known is None:
            seconds = self._tallies.observations(GRAPHQL_OPERATION_SECONDS, *labels, unit=_NS)
            known = self._figures_by_labels[labels] = _Figures(*labels, seconds, {})
        return known


def _is_access_logged() -> bool:
    return _ACCESS.isEnabledFor(logging.INFO)


def outcome_of(codes: Sequence[str]) -> Outcome:
    """The worst of what the codes of errors stand for."""
    if any(code in _SERVER_CODES for code in codes):
        return Outcome.SERVER_ERROR
    if all(code in _USER_CODES for code in codes):
        return Outcome.USER_ERROR if codes else Outcome.OK
    return Outcome.CLIENT_ERROR


def _codes(context: GraphContext, response: GraphResponse) -> Sequence[str]:
    if not response.errors:
        return context.user_error_codes
    told = [_told_code(error.get("extensions")) for error in response.errors]
    return [*told, *context.user_error_codes]


def _told_code(extensions: JsonValue) -> str:
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return code if isinstance(code, str) else "INTERNAL"


def _code_of(error: BaseException) -> str:
    return _CANCELLED if isinstance(error, asyncio.CancelledError) else "INTERNAL"
