"""Access tokens on open sockets: their end, and their renewal in place."""

from tests.raw_websocket import RawSocket
from tests.web.harness import ADA, BOB, WebLayer
from tests.web.websocket.sockets import ready_socket, require_alive


def _renew(socket: RawSocket, token: str) -> None:
    socket.send({"type": "ping", "payload": {"authorization": f"Bearer {token}"}})


async def test_the_socket_ends_when_its_token_expires(layer: WebLayer) -> None:
    token = layer.token()
    layer.clock.forward(seconds=899.8)
    async with ready_socket(layer, token) as socket:
        socket.subscribe("subscription { hang }")
        assert await socket.closing() == (4403, "Token expired")
    await layer.graph.ended.acquire()


async def test_a_fresh_token_in_a_ping_keeps_the_socket(layer: WebLayer) -> None:
    token = layer.token()
    layer.clock.forward(seconds=899.8)
    async with ready_socket(layer, token) as socket:
        _renew(socket, layer.token())
        assert await socket.receive() == {"type": "pong"}
        await socket.require_silence()
        await require_alive(socket)


async def test_a_fresh_token_must_be_of_the_same_user(layer: WebLayer) -> None:
    async with ready_socket(layer, layer.token(ADA)) as socket:
        _renew(socket, layer.token(BOB))
        assert await socket.closing() == (4403, "The token is of another user")


async def test_nobody_can_not_become_somebody_by_a_ping(layer: WebLayer) -> None:
    async with ready_socket(layer) as socket:
        _renew(socket, layer.token())
        assert (await socket.closing())[0] == 4403


async def test_a_bad_token_in_a_ping_is_forbidden(layer: WebLayer) -> None:
    async with ready_socket(layer, layer.token()) as socket:
        _renew(socket, "nonsense")
        assert await socket.closing() == (4403, "The access token is not valid.")
