"""What is told of operations, on the real schema without its services."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from prometheus_client import REGISTRY

from graph.context import GraphContext, Viewer
from graph.operation import GraphResponse, JsonObject, OperationFacts, OperationType
from infra.telemetry.access_record import AccessRecord, Fields
from infra.telemetry.request_scope import CURRENT_REQUEST, RequestScope
from infra.telemetry.telemetry import Telemetry
from tests.web.harness import ADA, HandClock
from web.live.shared_responses import SharedResponses
from web.live.subscriber import Ending, SubscriberEnd
from web.operation_names import OperationNames
from web.operation_telemetry import OperationTelemetry, Outcome, outcome_of

SESSION: Any = None


def _response(*codes: str) -> GraphResponse:
    errors: list[JsonObject] = [{"message": "…", "extensions": {"code": code}} for code in codes]
    return GraphResponse(data={}, errors=tuple(errors))


def _context(
    facts: OperationFacts | None, *, user_error_codes: tuple[str, ...] = ()
) -> GraphContext:
    viewer = Viewer(user_id=ADA, session_id=SESSION, expires_at=HandClock().now())
    nothing: Any = None
    context = GraphContext(viewer=viewer, readers=nothing, commands=nothing, live=nothing)
    context.facts = facts
    context.user_error_codes.extend(user_error_codes)
    return context


class Observed:
    """The telemetry of operations, and what came of it."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog
        self._telemetry = Telemetry(role="web", tracing=None)
        self.operations = OperationTelemetry(
            self._telemetry, OperationNames(["query Board { viewer { id } }"])
        )

    async def execute(self, context: GraphContext, response: GraphResponse) -> None:
        async def execution() -> GraphResponse:
            return response

        assert await self.operations.executed(context, execution()) is response

    def count(self, operation: str, kind: str, outcome: str) -> float:
        labels = {"operation": operation, "type": kind, "outcome": outcome}
        self._telemetry.sample()
        return REGISTRY.get_sample_value("taskwire_graphql_operations_total", labels) or 0.0

    def errors(self, code: str) -> float:
        self._telemetry.sample()
        return REGISTRY.get_sample_value("taskwire_graphql_errors_total", {"code": code}) or 0.0

    @property
    def lines(self) -> list[Fields]:
        self.operations.hand_over()
        return [r.fields() for r in self._caplog.records if isinstance(r, AccessRecord)]


@pytest.fixture
def observed(caplog: pytest.LogCaptureFixture) -> Observed:
    caplog.set_level(logging.INFO, "taskwire.access")
    return Observed(caplog)


BOARD = OperationFacts("Board", OperationType.QUERY, 120)


async def test_an_operation_is_counted_and_has_its_line(observed: Observed) -> None:
    before = observed.count("Board", "query", "ok")
    token = CURRENT_REQUEST.set(RequestScope("r", "http"))
    await observed.execute(_context(BOARD), _response())
    CURRENT_REQUEST.reset(token)
    assert observed.count("Board", "query", "ok") == before + 1
    [line] = observed.lines
    assert int(str(line.pop("event.duration"))) >= 0
    assert line == {
        "event.dataset": "taskwire.access",
        "taskwire.operation": "Board",
        "taskwire.operation_type": "query",
        "taskwire.outcome": "ok",
        "taskwire.cost": 120,
        "taskwire.transport": "http",
        "http.request.id": "r",
        "user.id": str(ADA),
    }


async def test_errors_that_are_data_count_as_the_users(observed: Observed) -> None:
    facts = OperationFacts("Move", OperationType.MUTATION, 1)
    before = observed.errors("STALE_VERSION")
    context = _context(facts, user_error_codes=("STALE_VERSION",))
    await observed.execute(context, _response())
    assert observed.errors("STALE_VERSION") == before + 1
    [line] = observed.lines
    assert (line["taskwire.outcome"], line["taskwire.code"]) == ("user_error", "STALE_VERSION")


async def test_what_never_became_an_operation_has_no_name_of_its_own(observed: Observed) -> None:
    before = observed.count("other", "unknown", "client_error")
    await observed.execute(_context(None), _response("BAD_USER_INPUT"))
    assert observed.count("other", "unknown", "client_error") == before + 1
    assert observed.lines[0]["taskwire.operation_type"] == "unknown"


async def test_whoever_gives_up_or_meets_a_bug_is_counted(observed: Observed) -> None:
    async def bug() -> GraphResponse:
        raise ZeroDivisionError

    before = observed.count("Board", "query", "server_error")
    with pytest.raises(ZeroDivisionError):
        await observed.operations.executed(_context(BOARD), bug())
    assert observed.count("Board", "query", "server_error") == before + 1


async def test_a_subscription_is_told_of_when_it_ends(observed: Observed) -> None:
    facts = OperationFacts("Events", OperationType.SUBSCRIPTION, 5)

    async def responses() -> AsyncGenerator[GraphResponse, None]:
        yield _response()
        yield _response("FORBIDDEN")

    async def start() -> AsyncGenerator[GraphResponse, None] | GraphResponse:
        return responses()

    followed = await observed.operations.subscribed(_context(facts), start())
    assert isinstance(followed, AsyncIterator)
    assert observed.lines == []
    assert [len(response.errors) async for response in followed] == [0, 1]
    [line] = observed.lines
    assert (line["taskwire.outcome"], line["taskwire.code"]) == ("client_error", "FORBIDDEN")


async def test_a_live_subscription_is_told_of_at_its_end_with_what_it_had(
    observed: Observed,
) -> None:
    facts = OperationFacts("Events", OperationType.SUBSCRIPTION, 5)
    subscriber = SimpleNamespace(when_ended=None)
    live: Any = SharedResponses(cast("Any", subscriber))

    async def start() -> AsyncGenerator[GraphResponse, None] | GraphResponse:
        return cast("AsyncGenerator[GraphResponse, None]", live)

    before = observed.count("Events", "subscription", "client_error")
    token = CURRENT_REQUEST.set(RequestScope("the-socket", "websocket"))
    assert await observed.operations.subscribed(_context(facts), start()) is live
    CURRENT_REQUEST.reset(token)
    assert observed.lines == []
    end: Any = subscriber.when_ended
    last = _response("FORBIDDEN").errors
    end(SubscriberEnd(ending=Ending.ENDED, deliveries=7, resyncs=1, last=last))
    assert observed.count("Events", "subscription", "client_error") == before + 1
    [line] = observed.lines
    assert (line["taskwire.outcome"], line["taskwire.code"]) == ("client_error", "FORBIDDEN")
    assert (line["taskwire.deliveries"], line["taskwire.resyncs"]) == (7, 1)
    assert (line["taskwire.ending"], line["taskwire.transport"]) == ("ended", "websocket")
    assert line["http.request.id"] == "the-socket"


async def test_a_subscription_that_could_not_start_is_told_of_at_once(observed: Observed) -> None:
    async def start() -> AsyncGenerator[GraphResponse, None] | GraphResponse:
        return _response("UNAVAILABLE")

    facts = OperationFacts(None, OperationType.SUBSCRIPTION, 5)
    assert isinstance(await observed.operations.subscribed(_context(facts), start()), GraphResponse)
    [line] = observed.lines
    assert (line["taskwire.operation"], line["taskwire.outcome"]) == ("anonymous", "server_error")


@pytest.mark.parametrize(
    ("codes", "outcome"),
    [
        ((), Outcome.OK),
        (("NOT_FOUND", "INVALID_INPUT"), Outcome.USER_ERROR),
        (("NOT_FOUND", "FORBIDDEN"), Outcome.CLIENT_ERROR),
        (("FORBIDDEN", "INTERNAL"), Outcome.SERVER_ERROR),
        (("UNAVAILABLE",), Outcome.SERVER_ERROR),
        (("CANCELLED",), Outcome.CLIENT_ERROR),
    ],
)
def test_the_worst_error_decides_the_outcome(codes: tuple[str, ...], outcome: Outcome) -> None:
    assert outcome_of(codes) is outcome


def test_metrics_know_the_clients_names_and_a_hundred_more() -> None:
    names = OperationNames(["query Board { a }", "mutation Move { b } subscription Events { c }"])
    assert {names.label(name) for name in (f"Other{n}" for n in range(200))} == {
        *(f"Other{n}" for n in range(100)),
        "other",
    }
    assert [names.label(name) for name in ("Board", "Move", "Events", None, "Other7")] == [
        "Board",
        "Move",
        "Events",
        "anonymous",
        "Other7",
    ]


def test_a_name_that_is_too_long_is_no_label() -> None:
    assert OperationNames([]).label("N" * 65) == "other"


async def test_lines_are_put_down_when_many_wait_and_otherwise_now_and_then(
    observed: Observed, caplog: pytest.LogCaptureFixture
) -> None:
    operations = 300
    for _ in range(operations):
        await observed.execute(_context(BOARD), _response())
    assert 0 < len(caplog.records) < operations
    assert len(observed.lines) == operations
