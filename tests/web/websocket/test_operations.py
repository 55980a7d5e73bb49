"""Operations over the websocket: their results, their errors, their ids and their ends."""

import asyncio
import json
from collections.abc import Callable
from functools import partial

import pytest

from tests.raw_websocket import Opcode, RawSocket, close_payload
from tests.web.harness import WebLayer
from tests.web.websocket.sockets import (
    complete,
    error_code,
    ready_socket,
    require_alive,
    result,
)
from web.websocket.connection import ConnectionLimits


async def test_a_subscription_sends_its_results_and_completes(ready: RawSocket) -> None:
    ready.subscribe("subscription { a }")
    results = [await ready.receive() for _ in range(3)]
    assert results == [result("1", number=n, viewer=None) for n in range(3)]
    assert await ready.receive() == complete("1")


@pytest.mark.parametrize("query", ["query Q { a }", "mutation Q { a }"])
async def test_queries_and_mutations_have_one_result(ready: RawSocket, query: str) -> None:
    members = {"operationName": "Q", "variables": {"x": "ü"}, "extensions": {"k": 1}}
    ready.subscribe(query, "é", members)
    expected = result("é", viewer=None, variables={"x": "ü"}, operationName="Q")
    assert await ready.receive() == expected
    assert await ready.receive() == complete("é")


@pytest.mark.parametrize("query", ["syntax error", "", "subscription { refuse }"])
async def test_a_request_error_ends_its_operation_alone_and_frees_the_id(
    ready: RawSocket, query: str
) -> None:
    ready.subscribe(query, "alive")
    await error_code(ready, "alive")
    await require_alive(ready)


async def test_nothing_follows_an_error(ready: RawSocket) -> None:
    ready.subscribe("syntax error")
    ready.send({"type": "ping"})
    answers = [await ready.receive(), await ready.receive()]
    assert sorted(answer["type"] for answer in answers) == ["error", "pong"]
    await require_alive(ready)


@pytest.mark.parametrize("query", ["{ partial }", "subscription { partial }"])
async def test_field_errors_travel_in_a_result(ready: RawSocket, query: str) -> None:
    ready.subscribe(query)
    message = await ready.receive()
    assert message["type"] == "next"
    assert message["payload"]["errors"]
    assert await ready.receive() == complete("1")


async def test_a_subscription_that_loses_its_access_ends_with_an_error(ready: RawSocket) -> None:
    ready.subscribe("subscription { deny }")
    messages = [await ready.receive() for _ in range(3)]
    assert [message["type"] for message in messages] == ["next"] * 3
    assert await error_code(ready) == "FORBIDDEN"
    await require_alive(ready)


@pytest.mark.parametrize(("query", "results"), [("{ boom }", 0), ("subscription { boom }", 3)])
async def test_a_bug_ends_its_operation_alone_and_is_masked(
    ready: RawSocket, caplog: pytest.LogCaptureFixture, query: str, results: int
) -> None:
    ready.subscribe(query)
    for _ in range(results):
        assert (await ready.receive())["type"] == "next"
    message = await ready.receive()
    assert message["type"] == "error"
    assert "secret" not in json.dumps(message)
    assert message["payload"][0]["extensions"]["errorId"] in caplog.text
    await require_alive(ready)


@pytest.mark.parametrize("query", ["{ a }", "mutation { a }", "subscription { a }", "nonsense"])
async def test_an_id_in_use_closes_the_socket(ready: RawSocket, query: str) -> None:
    ready.subscribe("subscription { hang }", "one and only")
    ready.subscribe(query, "one and only")
    assert await ready.closing() == (4409, "Subscriber for one and only already exists")


async def test_a_long_id_is_cut_in_the_reason(ready: RawSocket) -> None:
    ready.subscribe("subscription { hang }", "é" * 500)
    ready.subscribe("{ a }", "é" * 500)
    code, reason = await ready.closing()
    assert code == 4409
    assert reason.startswith("Subscriber for éé")
    assert len(reason.encode()) <= 123


async def test_an_id_may_be_used_again_after_its_end(ready: RawSocket) -> None:
    for _ in range(50):
        ready.subscribe("{ a }")
        assert (await ready.receive())["type"] == "next"
        assert await ready.receive() == complete("1")


async def test_complete_cancels_the_operation_and_frees_its_id(layer: WebLayer) -> None:
    async with ready_socket(layer) as socket:
        socket.subscribe("subscription { hang }", "alive")
        for _ in range(3):
            await socket.receive()
        socket.send(complete("alive"))
        await asyncio.wait_for(layer.graph.ended.acquire(), 5)
        await require_alive(socket)


async def test_complete_and_a_new_start_in_one_packet_are_two_operations(
    ready: RawSocket,
) -> None:
    ready.subscribe("{ hang }")
    for _ in range(20):
        ready.send(complete("1"))
        ready.subscribe("{ hang }")
    ready.send(complete("1"))
    await require_alive(ready)


async def test_complete_at_the_time_of_the_end_is_harmless(ready: RawSocket) -> None:
    for number in range(20):
        ready.subscribe("{ a }", str(number))
        ready.send(complete(str(number)))
    ready.subscribe("{ a }", "last")
    ids = {"last": 0}
    while ids["last"] < 2:
        message = await ready.receive()
        assert message["type"] in {"next", "complete"}
        ids[message["id"]] = ids.get(message["id"], 0) + 1
    await require_alive(ready)


async def test_a_completed_subscription_sends_nothing_more(layer: WebLayer) -> None:
    async with ready_socket(layer) as socket:
        socket.subscribe("subscription { gate }")
        for number in range(3):
            assert await socket.receive() == result("1", number=number, viewer=None)
        layer.graph.gate.release()
        assert (await socket.receive())["type"] == "next"
        socket.send(complete("1"))
        await asyncio.wait_for(layer.graph.ended.acquire(), 5)
        layer.graph.gate.release()
        socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}


async def test_operations_run_side_by_side(ready: RawSocket) -> None:
    ready.subscribe("{ hang }", "slow")
    ready.subscribe("{ a }", "quick")
    message = await ready.receive()
    assert (message["id"], message["type"]) == ("quick", "next")


@pytest.mark.parametrize("is_polite", [True, False])
async def test_a_disconnect_cancels_every_operation(layer: WebLayer, *, is_polite: bool) -> None:
    async with ready_socket(layer) as socket:
        leave: dict[bool, Callable[[], None]] = {
            True: partial(socket.send_frame, Opcode.CLOSE, close_payload(1000)),
            False: socket.abort,
        }
        socket.subscribe("{ hang }", "1")
        socket.subscribe("subscription { hang }", "2")
        socket.subscribe("mutation { hang }", "3")
        for _ in range(3):
            await asyncio.wait_for(layer.graph.started.acquire(), 5)
        leave[is_polite]()
        for _ in range(3):
            await asyncio.wait_for(layer.graph.ended.acquire(), 5)


async def test_a_query_that_never_ends_is_given_up(layer: WebLayer) -> None:
    layer.limits = ConnectionLimits(execution_seconds=0.05)
    async with ready_socket(layer) as socket:
        socket.subscribe("{ hang }")
        assert await error_code(socket) == "UNAVAILABLE"
