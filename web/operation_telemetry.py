"""What is told of each GraphQL operation: metrics, a span and a line of the access log."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from enum import Enum
from time import perf_counter_ns
from typing import Final

from domain.errors import ErrorCode
from domain.events import JsonValue
from graph.context import GraphContext
from graph.operation import GraphResponse
from infra.metrics import GRAPHQL_ERRORS, GRAPHQL_OPERATION_SECONDS, GRAPHQL_OPERATIONS
from infra.telemetry.log_lines import FIELDS, Fields
from infra.telemetry.request_scope import CURRENT_REQUEST
from infra.telemetry.tally import CountTally, ObservationTally
from infra.telemetry.telemetry import Telemetry
from web.live.shared_responses import SharedResponses
from web.operation_names import OTHER, OperationNames, logged_name

_ACCESS: Final = logging.getLogger("taskwire.access")
_NS: Final = 1e-9
_UNKNOWN: Final = "unknown"
# Whoever asked has gone, or was told that it took too long.
_CANCELLED: Final = "CANCELLED"
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


class OperationTelemetry:
    """Measures operations around their execution, whatever transport they came by."""

    def __init__(self, telemetry: Telemetry, names: OperationNames) -> None:
        self._tallies = telemetry.tallies
        self._tracing = telemetry.tracing
        self._names = names
        self._by_operation: dict[tuple[str, str, Outcome], CountTally] = {}
        self._seconds: dict[tuple[str, str], ObservationTally] = {}

    async def executed(
        self, context: GraphContext, execution: Awaitable[GraphResponse]
    ) -> GraphResponse:
        """The response of an execution in this context."""
        started_ns = perf_counter_ns()
        with self._span(context):
            try:
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
        with self._span(context):
            try:
                started = await start
            except BaseException as error:
                self._ended(context, (_code_of(error),), started_ns)
                raise
            if isinstance(started, GraphResponse):
                self._ended(context, _codes(context, started), started_ns)
                return started
            if isinstance(started, SharedResponses):
                # Whoever it belongs to may send its answers past us: its start is what is told.
                self._ended(context, (), started_ns)
                return started
        self._observe(context, perf_counter_ns() - started_ns)
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
            self._told(context, codes, perf_counter_ns() - started_ns)

    @contextmanager
    def _span(self, context: GraphContext) -> Iterator[None]:
        if self._tracing is None:
            yield
            return
        with self._tracing.operation("graphql", {}) as span:
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
        duration_ns = perf_counter_ns() - started_ns
        self._observe(context, duration_ns)
        self._told(context, codes, duration_ns)

    def _observe(self, context: GraphContext, duration_ns: int) -> None:
        key = self._labels(context)
        seconds = self._seconds.get(key)
        if seconds is None:
            seconds = self._seconds[key] = self._tallies.observations(
                GRAPHQL_OPERATION_SECONDS, *key
            )
        seconds.observe(duration_ns * _NS)

    def _told(self, context: GraphContext, codes: Sequence[str], duration_ns: int) -> None:
        outcome = outcome_of(codes) if codes else Outcome.OK
        key = (*self._labels(context), outcome)
        count = self._by_operation.get(key)
        if count is None:
            count = self._by_operation[key] = self._tallies.count(
                GRAPHQL_OPERATIONS, key[0], key[1], outcome.value
            )
        count.count += 1
        for code in codes:
            self._tallies.count(GRAPHQL_ERRORS, code).count += 1
        if _ACCESS.isEnabledFor(logging.INFO):
            _log(context, outcome, codes[0] if codes else None, duration_ns)

    def _labels(self, context: GraphContext) -> tuple[str, str]:
        facts = context.facts
        # The name of what is no operation of ours is anybody's text.
        if facts is None:
            return OTHER, _UNKNOWN
        return self._names.label(facts.name), facts.type.value


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


def _log(context: GraphContext, outcome: Outcome, code: str | None, duration_ns: int) -> None:
    facts, viewer, request = context.facts, context.viewer, CURRENT_REQUEST.get()
    name = logged_name(None if facts is None else facts.name)
    kind = _UNKNOWN if facts is None else facts.type.value
    fields: Fields = {
        "event.dataset": "taskwire.access",
        "event.duration": duration_ns,
        "taskwire.operation": name,
        "taskwire.operation_type": kind,
        "taskwire.outcome": outcome.value,
        "taskwire.code": code,
        "taskwire.cost": None if facts is None else facts.cost,
        "taskwire.transport": None if request is None else request.transport,
        "user.id": None if viewer is None else str(viewer.user_id),
    }
    # Not by `info`, which looks for the caller's line: that would cost as much as all the rest.
    _ACCESS.handle(
        _ACCESS.makeRecord(
            _ACCESS.name,
            logging.INFO,
            fn="",
            lno=0,
            msg=f"{kind} {name} {outcome.value} {code or ''} {duration_ns / 1e6:.1f} ms",
            args=(),
            exc_info=None,
            extra={FIELDS: fields},
        )
    )
