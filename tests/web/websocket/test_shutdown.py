"""A server that stops sends its sockets away, politely."""

from tests.raw_websocket import tcp_connection, websocket
from tests.web.harness import WebLayer


async def test_a_draining_server_sends_everybody_away_and_lets_nobody_in(layer: WebLayer) -> None:
    async with (
        layer.served() as address,
        websocket(address) as first,
        websocket(address) as second,
    ):
        await first.initialise()
        first.subscribe("subscription { hang }")
        await layer.graph.started.acquire()
        await layer.websockets.drain(spread_seconds=0.01)
        assert await first.closing() == (1012, "Server is restarting")
        assert (await second.closing())[0] == 1012
        async with tcp_connection(address) as third:
            assert (await third.open(address, "/graphql", {})).status == 503
    await layer.graph.ended.acquire()


async def test_stopping_the_server_sends_everybody_away(layer: WebLayer) -> None:
    async with layer.served() as address:
        opened = websocket(address)
        socket = await opened.__aenter__()
        await socket.initialise()
    assert await socket.closing() == (1012, "Server is restarting")
    await opened.__aexit__(None, None, None)
    assert layer.websockets.connection_count == 0
