"""graphql-transport-ws by the letter of the protocol: raw frames against a real server."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.web.harness import ADA, BOB, WebLayer, a_web_layer
from web.server import WebsocketProtocol
from web.websocket.connection import ConnectionLimits

PROTOCOL = Subprotocol("graphql-transport-ws")
QUICK = ConnectionLimits(
    initialisation_seconds=0.1,
    operations_max=3,
    execution_seconds=0.1,
    stalled_seconds=0.2,
    closing_seconds=0.2,
)


@pytest.fixture
async def layer() -> AsyncIterator[WebLayer]:
    async with a_web_layer(max_body_bytes=100_000) as made:
        yield made


@pytest.fixture(scope="module")
async def shared_server() -> AsyncIterator[str]:
    """The host and port of a server for all tests that leave nothing behind."""
    async with a_web_layer(max_body_bytes=100_000) as made, made.served() as address:
        yield address


@asynccontextmanager
async def _socket(
    layer: WebLayer, *, subprotocols: list[Subprotocol] | None = None, origin: str | None = None
) -> AsyncIterator[ClientConnection]:
    async with (
        layer.served() as address,
        connect(
            f"ws://{address}/graphql",
            subprotocols=[PROTOCOL] if subprotocols is None else subprotocols,
            additional_headers={} if origin is None else {"origin": origin},
            compression=None,
            proxy=None,
            max_queue=4,
        ) as socket,
    ):
        yield socket


@asynccontextmanager
async def _ready_socket(
    layer: WebLayer, token: str | None = None
) -> AsyncIterator[ClientConnection]:
    async with _socket(layer) as socket:
        await _initialise(socket, token)
        yield socket


async def _initialise(socket: ClientConnection, token: str | None = None) -> None:
    payload = {} if token is None else {"payload": {"authorization": f"Bearer {token}"}}
    await _send(socket, {"type": "connection_init", **payload})
    assert await _receive(socket) == {"type": "connection_ack"}


async def _send(socket: ClientConnection, message: object) -> None:
    await socket.send(json.dumps(message))


async def _subscribe(socket: ClientConnection, query: str, operation_id: str = "1") -> None:
    await _send(socket, {"type": "subscribe", "id": operation_id, "payload": {"query": query}})


async def _receive(socket: ClientConnection) -> dict[str, object]:
    frame = await asyncio.wait_for(socket.recv(), 5)
    assert isinstance(frame, str), "frames must be text"
    message = json.loads(frame)
    assert isinstance(message, dict)
    return message


async def _closing(socket: ClientConnection) -> tuple[int, str]:
    """Code and reason of the close frame, whatever comes before it."""
    async with asyncio.timeout(5):
        # Ends without an error only after a close frame of code 1000 or 1001.
        with contextlib.suppress(ConnectionClosed):
            async for _ in socket:
                pass
    assert socket.close_code is not None
    return socket.close_code, socket.close_reason or ""


def _next(operation_id: str, **data: object) -> dict[str, object]:
    return {"id": operation_id, "type": "next", "payload": {"data": data}}


def _complete(operation_id: str) -> dict[str, object]:
    return {"id": operation_id, "type": "complete"}


# --- opening ---------------------------------------------------------------------------------


async def test_the_subprotocol_is_chosen_from_those_offered(layer: WebLayer) -> None:
    async with _socket(layer, subprotocols=[Subprotocol("other"), PROTOCOL]) as socket:
        assert socket.subprotocol == PROTOCOL


@pytest.mark.parametrize("offered", [None, [Subprotocol("graphql-ws")]])
async def test_another_subprotocol_is_not_acceptable(
    layer: WebLayer, offered: list[Subprotocol] | None
) -> None:
    async with (
        layer.served() as address,
        connect(f"ws://{address}/graphql", subprotocols=offered, proxy=None) as socket,
    ):
        assert (await _closing(socket))[0] == 4406


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_page_of_another_origin_may_not_connect(layer: WebLayer, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        async with _socket(layer, origin=origin):
            pass
    assert refusal.value.response.status_code == 403


async def test_pages_of_this_host_and_of_the_allowed_origins_may_connect() -> None:
    async with a_web_layer(allowed_origins=("https://tasks.example",)) as layer:
        async with _socket(layer, origin="https://tasks.example") as socket:
            await _initialise(socket)
        async with (
            layer.served() as address,
            connect(
                f"ws://{address}/graphql",
                subprotocols=[PROTOCOL],
                additional_headers={"origin": f"http://{address}"},
                proxy=None,
            ) as socket,
        ):
            await _initialise(socket)


async def test_a_connection_without_init_is_closed_after_its_time(layer: WebLayer) -> None:
    layer.limits = QUICK
    async with _socket(layer) as socket:
        assert await _closing(socket) == (4408, "Connection initialisation timeout")


async def test_pings_do_not_put_the_init_off(layer: WebLayer) -> None:
    layer.limits = QUICK
    async with _socket(layer) as socket:
        await _send(socket, {"type": "ping"})
        assert (await _closing(socket))[0] == 4408


async def test_a_second_init_is_one_too_many(layer: WebLayer) -> None:
    async with _ready_socket(layer) as socket:
        await _send(socket, {"type": "connection_init"})
        assert await _closing(socket) == (4429, "Too many initialisation requests")


@pytest.mark.parametrize("payload", [None, {}, {"other": [1]}])
async def test_init_needs_no_token(layer: WebLayer, payload: object) -> None:
    async with _socket(layer) as socket:
        await _send(socket, {"type": "connection_init", "payload": payload})
        assert await _receive(socket) == {"type": "connection_ack"}
        await _subscribe(socket, "{ a }")
        message = await _receive(socket)
        assert message["payload"] == {
            "data": {"viewer": None, "variables": {}, "operationName": None}
        }


async def test_operations_run_as_the_user_of_the_token(layer: WebLayer) -> None:
    async with _ready_socket(layer, layer.token()) as socket:
        await _subscribe(socket, "subscription { a }")
        assert await _receive(socket) == _next("1", number=0, viewer=str(ADA))


@pytest.mark.parametrize("authorization", ["", "Bearer nonsense", "Basic YTpi", "tw_abc"])
async def test_a_bad_token_at_init_is_forbidden(layer: WebLayer, authorization: str) -> None:
    async with _socket(layer) as socket:
        await _send(
            socket, {"type": "connection_init", "payload": {"authorization": authorization}}
        )
        assert (await _closing(socket))[0] == 4403


async def test_an_expired_token_at_init_is_forbidden(layer: WebLayer) -> None:
    token = layer.token()
    layer.clock.forward(seconds=900)
    async with _socket(layer) as socket:
        await _send(
            socket, {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}
        )
        assert await _closing(socket) == (4403, "The access token has expired.")


async def test_a_subscribe_before_the_acknowledgement_is_unauthorized(layer: WebLayer) -> None:
    async with _socket(layer) as socket:
        await _subscribe(socket, "{ a }")
        assert await _closing(socket) == (4401, "Unauthorized")


# --- messages --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "nonsense",
        "null",
        "1",
        '"ping"',
        "[]",
        '[{"type":"ping"}]',
        "{}",
        '{"type":null}',
        '{"type":1}',
        '{"type":["ping"]}',
        '{"type":"PING"}',
        '{"type":"start","id":"1"}',
        '{"type":"connection_ack"}',
        '{"type":"next","id":"1","payload":{}}',
        '{"type":"error","id":"1","payload":[]}',
        '{"type":"ping"',
        "[" * 5_000,
        '{"type":"' + "ü" * 500 + '"}',
        *(
            f'{{"type":"{kind}","payload":{payload}}}'
            for kind in ("connection_init", "ping", "pong")
            for payload in ("[]", '"x"', "1", "true")
        ),
        json.dumps({"type": "connection_init", "payload": {"authorization": 1}}),
        json.dumps({"type": "connection_init", "payload": {"authorization": None}}),
        json.dumps({"type": "ping", "payload": {"authorization": ["Bearer x"]}}),
        '{"type":"complete"}',
        *(f'{{"type":"complete","id":{value}}}' for value in ("null", "1", '""', "[]", "{}")),
        *(
            f'{{"type":"subscribe","id":{value},"payload":{{"query":"{{ a }}"}}}}'
            for value in ("null", "1", '""', "[]", "{}", "true", f'"{"x" * 1025}"')
        ),
        '{"type":"subscribe","payload":{"query":"{ a }"}}',
        '{"type":"subscribe","id":"1"}',
        *(
            f'{{"type":"subscribe","id":"1","payload":{value}}}'
            for value in ("null", "[]", '"{ a }"', "1", "{}")
        ),
        *(
            f'{{"type":"subscribe","id":"1","payload":{{"query":{value}}}}}'
            for value in ("null", "1", "[]", "{}")
        ),
        *(
            f'{{"type":"subscribe","id":"1","payload":{{"query":"{{ a }}",{member}}}}}'
            for member in (
                '"variables":[]',
                '"variables":"{}"',
                '"variables":1',
                '"variables":false',
                '"operationName":1',
                '"operationName":[]',
                '"operationName":{}',
                '"extensions":[]',
                '"extensions":"x"',
                '"extensions":0',
            )
        ),
    ],
)
async def test_an_invalid_message_is_a_bad_request(shared_server: str, frame: str) -> None:
    address = f"ws://{shared_server}/graphql"
    async with connect(address, subprotocols=[PROTOCOL], proxy=None) as socket:
        await socket.send(frame)
        code, reason = await _closing(socket)
        assert code == 4400
        assert 0 < len(reason.encode()) <= 123


async def test_a_binary_frame_is_a_bad_request(layer: WebLayer) -> None:
    async with _ready_socket(layer) as socket:
        await socket.send(b'{"type":"ping"}')
        assert (await _closing(socket))[0] == 4400


async def test_a_message_over_the_limit_is_too_big(layer: WebLayer) -> None:
    async with _ready_socket(layer) as socket:
        await _subscribe(socket, "{" + "a " * 60_000 + "}")
        assert (await _closing(socket))[0] == 1009


@pytest.mark.parametrize("payload", [{}, {"payload": None}, {"payload": {"a": 1}}])
async def test_a_ping_is_answered_at_any_time(layer: WebLayer, payload: dict[str, object]) -> None:
    async with _socket(layer) as socket:
        await _send(socket, {"type": "ping", **payload})
        assert await _receive(socket) == {"type": "pong"}
        await _send(socket, {"type": "pong", **payload})
        await _initialise(socket)
        await _send(socket, {"type": "ping", **payload})
        assert await _receive(socket) == {"type": "pong"}


# --- operations ------------------------------------------------------------------------------


async def test_a_subscription_sends_its_results_and_completes(layer: WebLayer) -> None:
    async with _ready_socket(layer) as socket:
        await _subscribe(socket, "subscription { a }")
        results = [await _receive(socket) for _ in range(3)]
        assert results == [_next("1", number=n, viewer=None) for n in range(3)]
        assert await _receive(socket) == _complete("1")


@pytest.mark.parametrize("query", ["query Q { a }", "mutation Q { a }"])
async def test_queries_and_mutations_have_one_result(layer: WebLayer, query: str) -> None:
    async with _ready_socket(layer) as socket:
        payload = {
            "query": query,
            "operationName": "Q",
            "variables": {"x": "ü"},
            "extensions": {"k": 1},
        }
        await _send(socket, {"type": "subscribe", "id": "é", "payload": payload})
        expected = _next("é", viewer=None, variables={"x": "ü"}, operationName="Q")
        assert await _receive(socket) == expected
        assert await _receive(socket) == _complete("é")


async def test_members_that_are_null_are_as_if_absent(layer: WebLayer) -> None:
    async with _ready_socket(layer) as socket:
        payload = {"query": "{ a }", "operationName": None, "variables": None, "extensions": None}
        await _send(socket, {"type": "subscribe", "id": "1", "payload": payload})
        assert await _receive(socket) == _next("1", viewer=None, variables={}, operationName=None)


@pytest.mark.parametrize("query", ["syntax error", "", "subscription { refuse }"])
async def test_a_request_error_is_an_error_message_and_the_socket_stays(
    layer: WebLayer, query: str
) -> None:
    async with _ready_socket(layer) as socket:
        await _subscribe(socket, query)
        message = await _receive(socket)
        assert (message["type"], message["id"]) == ("error", "1")
        assert isinstance(message["payload"], list)
        assert message["payload"][0]["message"]
        await _subscribe(socket, "{ a }")
        assert (await _receive(socket))["type"] == "next"


@pytest.mark.parametrize("query", ["{ partial }", "subscription { partial }"])
async def test_field_errors_travel_in_a_result(layer: WebLayer, query: str) -> None:
    async with _ready_socket(layer) as socket:
        await _subscribe(socket, query)
        message = await _receive(socket)
        assert message["type"] == "next"
        assert isinstance(message["payload"], dict)
        assert message["payload"]["errors"]
        assert await _receive(socket) == _complete("1")


async def test_a_subscription_that_loses_its_access_ends_with_an_error(layer: WebLayer) -> None:
    async with _ready_socket(layer) as socket:
        await _subscribe(socket, "subscription { deny }")
        messages = [await _receive(socket) for _ in range(4)]
        assert [m["type"] for m in messages] == ["next", "next", "next", "error"]
        await _subscribe(socket, "{ a }")
        assert (await _receive(socket))["type"] == "next"


@pytest.mark.parametrize(("query", "results"), [("{ boom }", 0), ("subscription { boom }", 3)])
async def test_a_bug_ends_its_operation_alone_and_is_masked(
    layer: WebLayer, caplog: pytest.LogCaptureFixture, query: str, results: int
) -> None:
    async with _ready_socket(layer) as socket:
        await _subscribe(socket, query)
        for _ in range(results):
            assert (await _receive(socket))["type"] == "next"
        message = await _receive(socket)
        assert message["type"] == "error"
        assert "secret" not in json.dumps(message)
        assert isinstance(message["payload"], list)
        assert message["payload"][0]["extensions"]["errorId"] in caplog.text
        await _subscribe(socket, "{ a }")
        assert (await _receive(socket))["type"] == "next"


async def test_an_id_in_use_closes_the_socket(layer: WebLayer) -> None:
    async with _ready_socket(layer) as socket:
        await _subscribe(socket, "subscription { hang }")
        assert await _receive(socket) == _next("1", number=0, viewer=None)
        await _subscribe(socket, "{ a }")
        assert await _closing(socket) == (4409, "Subscriber for 1 already exists")
    await layer.graph.ended.acquire()


async def test_an_id_may_be_used_again_after_its_end(layer: WebLayer) -> None:
    async with _ready_socket(layer) as socket:
        for _ in range(50):
            await _subscribe(socket, "{ a }")
            assert (await _receive(socket))["type"] == "next"
            assert await _receive(socket) == _complete("1")


async def test_complete_cancels_the_operation_and_frees_its_id(layer: WebLayer) -> None:
    async with _ready_socket(layer) as socket:
        await _subscribe(socket, "subscription { hang }")
        for _ in range(3):
            await _receive(socket)
        await _send(socket, _complete("1"))
        await asyncio.wait_for(layer.graph.ended.acquire(), 5)
        await _subscribe(socket, "{ a }")
        assert (await _receive(socket))["type"] == "next"


async def test_complete_of_an_unknown_id_is_passed_over(layer: WebLayer) -> None:
    async with _ready_socket(layer) as socket:
        await _send(socket, _complete("nobody"))
        await _send(socket, {"type": "ping"})
        assert await _receive(socket) == {"type": "pong"}


async def test_operations_run_side_by_side(layer: WebLayer) -> None:
    async with _ready_socket(layer) as socket:
        await _subscribe(socket, "{ hang }", "slow")
        await _subscribe(socket, "{ a }", "quick")
        message = await _receive(socket)
        assert (message["id"], message["type"]) == ("quick", "next")


async def test_a_disconnect_cancels_every_operation(layer: WebLayer) -> None:
    async with _ready_socket(layer) as socket:
        await _subscribe(socket, "{ hang }", "1")
        await _subscribe(socket, "subscription { hang }", "2")
        await _subscribe(socket, "mutation { hang }", "3")
        for _ in range(3):
            await asyncio.wait_for(layer.graph.started.acquire(), 5)
        await socket.close()
        for _ in range(3):
            await asyncio.wait_for(layer.graph.ended.acquire(), 5)


async def test_more_operations_than_allowed_are_refused_one_by_one(layer: WebLayer) -> None:
    layer.limits = ConnectionLimits(operations_max=3)
    async with _ready_socket(layer) as socket:
        for number in range(4):
            await _subscribe(socket, "{ hang }", str(number))
        message = await _receive(socket)
        assert (message["type"], message["id"]) == ("error", "3")
        assert isinstance(message["payload"], list)
        assert message["payload"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
        await _send(socket, _complete("0"))
        await asyncio.wait_for(layer.graph.ended.acquire(), 5)
        await _subscribe(socket, "{ a }", "3")
        assert (await _receive(socket))["type"] == "next"


async def test_a_query_that_never_ends_is_given_up(layer: WebLayer) -> None:
    layer.limits = ConnectionLimits(execution_seconds=0.05)
    async with _ready_socket(layer) as socket:
        await _subscribe(socket, "{ hang }")
        message = await _receive(socket)
        assert message["type"] == "error"


async def test_a_client_that_reads_nothing_is_sent_away(layer: WebLayer) -> None:
    layer.limits = QUICK
    async with _ready_socket(layer) as socket:
        await _subscribe(socket, "subscription { flood }")
        await asyncio.wait_for(layer.graph.ended.acquire(), 10)
        socket.transport.abort()


async def test_a_burst_of_messages_is_no_reason_to_be_sent_away(layer: WebLayer) -> None:
    layer.limits = ConnectionLimits(queued_messages_max=8)
    async with _ready_socket(layer) as socket:
        await asyncio.gather(*(_send(socket, {"type": "ping"}) for _ in range(200)))
        answers = [await _receive(socket) for _ in range(200)]
        assert answers == [{"type": "pong"}] * 200


async def test_pings_of_a_client_that_reads_nothing_do_not_pile_up(
    layer: WebLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WebsocketProtocol, "linger_seconds", 0.2)
    layer.limits = ConnectionLimits(queued_messages_max=5, closing_seconds=0.2)
    async with _ready_socket(layer) as socket:
        await _subscribe(socket, "subscription { flood }")
        await asyncio.wait_for(layer.graph.started.acquire(), 5)
        pinging = asyncio.create_task(_ping_until_closed(socket))
        await asyncio.wait_for(layer.graph.ended.acquire(), 10)
        pinging.cancel()
        await asyncio.wait({pinging})
        socket.transport.abort()


async def _ping_until_closed(socket: ClientConnection) -> None:
    with contextlib.suppress(ConnectionClosed):
        for number in itertools.count():
            await _send(socket, {"type": "ping", "payload": {"number": number}})


# --- tokens ----------------------------------------------------------------------------------


async def test_the_socket_ends_when_its_token_expires() -> None:
    async with a_web_layer() as layer:
        token = layer.token()
        layer.clock.forward(seconds=899.8)
        async with _ready_socket(layer, token) as socket:
            await _subscribe(socket, "subscription { hang }")
            assert await _closing(socket) == (4403, "Token expired")
        await layer.graph.ended.acquire()


async def test_a_fresh_token_in_a_ping_keeps_the_socket(layer: WebLayer) -> None:
    token = layer.token()
    layer.clock.forward(seconds=899.8)
    async with _ready_socket(layer, token) as socket:
        payload = {"authorization": f"Bearer {layer.token()}"}
        await _send(socket, {"type": "ping", "payload": payload})
        assert await _receive(socket) == {"type": "pong"}
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.recv(), 0.5)
        await _subscribe(socket, "{ a }")
        assert (await _receive(socket))["type"] == "next"


async def test_a_fresh_token_must_be_of_the_same_user(layer: WebLayer) -> None:
    async with _ready_socket(layer, layer.token(ADA)) as socket:
        payload = {"authorization": f"Bearer {layer.token(BOB)}"}
        await _send(socket, {"type": "ping", "payload": payload})
        assert await _closing(socket) == (4403, "The token is of another user")


async def test_nobody_can_not_become_somebody_by_a_ping(layer: WebLayer) -> None:
    async with _ready_socket(layer) as socket:
        payload = {"authorization": f"Bearer {layer.token()}"}
        await _send(socket, {"type": "ping", "payload": payload})
        assert (await _closing(socket))[0] == 4403


async def test_a_bad_token_in_a_ping_is_forbidden(layer: WebLayer) -> None:
    async with _ready_socket(layer, layer.token()) as socket:
        await _send(socket, {"type": "ping", "payload": {"authorization": "Bearer nonsense"}})
        assert await _closing(socket) == (4403, "The access token is not valid.")


# --- the end ---------------------------------------------------------------------------------


async def test_a_draining_server_sends_everybody_away_and_lets_nobody_in(layer: WebLayer) -> None:
    async with (
        layer.served() as address,
        connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL], proxy=None) as first,
        connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL], proxy=None) as second,
    ):
        await _initialise(first)
        await _subscribe(first, "subscription { hang }")
        await layer.graph.started.acquire()
        await layer.websockets.drain(spread_seconds=0.01)
        assert await _closing(first) == (1012, "Server is restarting")
        assert (await _closing(second))[0] == 1012
        with pytest.raises(InvalidStatus) as refusal:
            async with connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL], proxy=None):
                pass
        assert refusal.value.response.status_code == 503
    await layer.graph.ended.acquire()


async def test_stopping_the_server_sends_everybody_away(layer: WebLayer) -> None:
    async with layer.served() as address:
        socket = await connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL], proxy=None)
        await _initialise(socket)
    assert await _closing(socket) == (1012, "Server is restarting")
    assert layer.websockets.connection_count == 0


async def test_a_websocket_elsewhere_is_not_found(layer: WebLayer) -> None:
    async with layer.served() as address:
        with pytest.raises(InvalidStatus) as refusal:
            async with connect(f"ws://{address}/elsewhere", proxy=None):
                pass
    assert refusal.value.response.status_code in {403, 404}
