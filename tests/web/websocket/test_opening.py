"""The handshake and the initialisation, by the letter of RFC 6455 and graphql-transport-ws."""

import pytest

from tests.raw_websocket import PROTOCOL, RawSocket, tcp_connection, websocket
from tests.web.harness import ADA, WebLayer, a_web_layer
from tests.web.websocket.sockets import QUICK, new_socket, ready_socket, result


@pytest.mark.parametrize(
    "offered", [PROTOCOL, f"other, {PROTOCOL}", f"{PROTOCOL},other", f"graphql-ws,{PROTOCOL}"]
)
async def test_the_subprotocol_is_chosen_from_those_offered(server: str, offered: str) -> None:
    async with websocket(server, sec_websocket_protocol=offered) as socket:
        assert socket.subprotocol == PROTOCOL
        await socket.initialise()


@pytest.mark.parametrize("offered", ["", "graphql-ws", "graphql-transport-ws2", "soap"])
async def test_another_subprotocol_is_not_acceptable(server: str, offered: str) -> None:
    async with websocket(server, sec_websocket_protocol=offered) as socket:
        assert socket.subprotocol is None
        assert await socket.closing() == (4406, f"Subprotocol must be {PROTOCOL}")


async def test_nothing_is_compressed_though_the_client_offers_it(server: str) -> None:
    extension = "permessage-deflate; client_max_window_bits"
    async with websocket(server, sec_websocket_extensions=extension) as socket:
        assert "sec-websocket-extensions" not in socket.handshake.headers
        await socket.initialise()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-websocket-key": ""}, 400),
        ({"sec-websocket-key": "short"}, 400),
        ({"sec-websocket-version": "12"}, 400),
        ({"sec-websocket-version": ""}, 400),
    ],
)
async def test_a_handshake_that_is_none_is_refused(
    server: str, headers: dict[str, str], status: int
) -> None:
    async with tcp_connection(server) as socket:
        assert (await socket.open(server, "/graphql", headers)).status == status


@pytest.mark.parametrize("path", ["/elsewhere", "/graphql/stream", "/graphiql"])
async def test_a_websocket_elsewhere_is_not_found(server: str, path: str) -> None:
    async with tcp_connection(server) as socket:
        assert (await socket.open(server, path, {})).status in {403, 404}


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "file://", "http://[", "x"]
)
async def test_a_page_of_another_origin_may_not_connect(server: str, origin: str) -> None:
    async with tcp_connection(server) as socket:
        handshake = await socket.open(server, "/graphql", {"origin": origin})
        assert handshake.status == 403
        assert PROTOCOL not in handshake.headers.values()


async def test_a_page_of_this_host_may_connect(server: str) -> None:
    async with websocket(server, origin=f"http://{server}") as socket:
        await socket.initialise()


async def test_a_page_of_an_allowed_origin_may_connect() -> None:
    async with (
        a_web_layer(allowed_origins=("https://tasks.example",)) as layer,
        new_socket(layer, origin="https://tasks.example") as socket,
    ):
        await socket.initialise()


async def test_a_connection_without_init_is_closed_after_its_time(layer: WebLayer) -> None:
    layer.limits = QUICK
    async with new_socket(layer) as socket:
        assert await socket.closing() == (4408, "Connection initialisation timeout")


async def test_pings_do_not_put_the_init_off(layer: WebLayer) -> None:
    layer.limits = QUICK
    async with new_socket(layer) as socket:
        socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}
        assert (await socket.closing())[0] == 4408


async def test_an_init_in_time_stays(layer: WebLayer) -> None:
    layer.limits = QUICK
    async with ready_socket(layer) as socket:
        socket.subscribe("subscription { hang }")
        for number in range(3):
            assert await socket.receive() == result("1", number=number, viewer=None)
        await socket.require_silence()


async def test_a_second_init_is_one_too_many(ready: RawSocket) -> None:
    ready.send({"type": "connection_init"})
    assert await ready.closing() == (4429, "Too many initialisation requests")


async def test_two_inits_at_once_are_one_too_many(socket: RawSocket) -> None:
    socket.send({"type": "connection_init"})
    socket.send({"type": "connection_init"})
    assert await socket.closing() == (4429, "Too many initialisation requests")


@pytest.mark.parametrize("payload", [None, {}, {"other": [1]}, {"Authorisation": 1}])
async def test_init_needs_no_token(socket: RawSocket, payload: object) -> None:
    socket.send({"type": "connection_init", "payload": payload})
    assert await socket.receive() == {"type": "connection_ack"}
    socket.subscribe("{ a }")
    assert await socket.receive() == result("1", viewer=None, variables={}, operationName=None)


async def test_operations_run_as_the_user_of_the_token(layer: WebLayer) -> None:
    async with ready_socket(layer, layer.token()) as socket:
        socket.subscribe("subscription { a }")
        assert await socket.receive() == result("1", number=0, viewer=str(ADA))


@pytest.mark.parametrize("authorization", ["", "Bearer nonsense", "Basic YTpi", "tw_abc"])
async def test_a_bad_token_at_init_is_forbidden(socket: RawSocket, authorization: str) -> None:
    socket.send({"type": "connection_init", "payload": {"authorization": authorization}})
    code, reason = await socket.closing()
    assert code == 4403
    assert reason


async def test_an_expired_token_at_init_is_forbidden(layer: WebLayer) -> None:
    token = layer.token()
    layer.clock.forward(seconds=900)
    async with new_socket(layer) as socket:
        socket.send({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
        assert await socket.closing() == (4403, "The access token has expired.")


@pytest.mark.parametrize("query", ["{ a }", "mutation { a }", "subscription { a }", "nonsense"])
async def test_a_subscribe_before_the_acknowledgement_is_unauthorized(
    socket: RawSocket, query: str
) -> None:
    socket.subscribe(query)
    assert await socket.closing() == (4401, "Unauthorized")
