"""What one connection, one user and one process may take."""

import asyncio
import itertools

import pytest
from prometheus_client import REGISTRY

from tests.raw_websocket import Opcode, RawSocket, tcp_connection, websocket
from tests.web.harness import ADA, BOB, WebLayer, a_web_layer
from tests.web.websocket.sockets import (
    QUICK,
    complete,
    error_code,
    ready_socket,
    require_alive,
)
from web.quotas import QuotaLimits
from web.websocket.connection import ConnectionLimits
from web.websocket.protocol import WebsocketProtocol


async def test_more_operations_than_allowed_are_refused_one_by_one(layer: WebLayer) -> None:
    def refused() -> float:
        labels = {"limit": "open_operations"}
        return REGISTRY.get_sample_value("taskwire_rate_limited_total", labels) or 0.0

    layer.limits = ConnectionLimits(operations_max=3)
    async with ready_socket(layer) as socket:
        refused_before = refused()
        for number in range(4):
            socket.subscribe("{ hang }", str(number))
        assert await error_code(socket, "3") == "LIMIT_EXCEEDED"
        assert refused() == refused_before + 1
        socket.send(complete("0"))
        await asyncio.wait_for(layer.graph.ended.acquire(), 5)
        await require_alive(socket)


async def test_operations_started_too_fast_are_refused_one_by_one(layer: WebLayer) -> None:
    layer.quota_limits = QuotaLimits(operations_per_second=0.001, burst_seconds=2_000)
    async with ready_socket(layer) as socket:
        for number in range(2):
            socket.subscribe("{ a }", str(number))
            assert (await socket.receive())["type"] == "next"
            assert await socket.receive() == complete(str(number))
        socket.subscribe("{ a }", "2")
        assert await error_code(socket, "2") == "RATE_LIMITED"
        socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}


async def test_a_user_has_a_bounded_number_of_sockets_and_others_have_theirs(
    layer: WebLayer,
) -> None:
    layer.quota_limits = QuotaLimits(connections=2)
    async with (
        layer.served() as address,
        websocket(address) as first,
        websocket(address) as second,
        websocket(address) as third,
        websocket(address) as of_bob,
    ):
        await first.initialise(layer.token(ADA))
        await second.initialise(layer.token(ADA))
        payload = {"authorization": f"Bearer {layer.token(ADA)}"}
        third.send({"type": "connection_init", "payload": payload})
        assert await third.closing() == (1013, "Too many connections of this user.")
        await of_bob.initialise(layer.token(BOB))
        first.send_frame(Opcode.CLOSE)
        assert (await first.closing())[0] == 1005
        async with websocket(address) as another:
            await another.initialise(layer.token(ADA))
    assert len(layer.quotas) == 0


async def test_a_full_server_takes_no_more_sockets() -> None:
    async with (
        a_web_layer(max_connections=1) as layer,
        layer.served() as address,
        websocket(address) as first,
        tcp_connection(address) as second,
    ):
        await first.initialise()
        handshake = await second.open(address, "/graphql", {})
        assert (handshake.status, handshake.headers["retry-after"]) == (503, "2")
        await require_alive(first)


async def test_a_message_over_the_limit_is_too_big(ready: RawSocket) -> None:
    ready.subscribe("{" + "a " * 60_000 + "}")
    assert (await ready.closing())[0] == 1009


async def test_a_frame_is_refused_by_the_length_it_announces(ready: RawSocket) -> None:
    ready.write(b"\x81\xff" + (2**40).to_bytes(8, "big") + b"\0\0\0\0")
    assert (await ready.closing())[0] == 1009


async def test_fragments_together_are_bounded_as_well(ready: RawSocket) -> None:
    ready.send_frame(Opcode.TEXT, b"x" * 60_000, is_final=False)
    ready.send_frame(Opcode.CONTINUATION, b"x" * 60_000, is_final=False)
    assert (await ready.closing())[0] == 1009


async def test_empty_fragments_are_bounded_by_their_number(ready: RawSocket) -> None:
    ready.send_frame(Opcode.TEXT, is_final=False)
    for _ in range(WebsocketProtocol.fragments_max + 1):
        ready.send_frame(Opcode.CONTINUATION, is_final=False)
    assert await ready.closing() == (1009, "too many fragments")


async def test_a_client_that_reads_nothing_is_sent_away(layer: WebLayer) -> None:
    layer.limits = QUICK
    async with ready_socket(layer) as socket:
        socket.pause()
        socket.subscribe("subscription { flood }")
        await asyncio.wait_for(layer.graph.ended.acquire(), 10)


async def test_a_burst_of_messages_is_no_reason_to_be_sent_away(layer: WebLayer) -> None:
    layer.limits = ConnectionLimits(queued_messages_max=8)
    async with ready_socket(layer) as socket:
        for _ in range(200):
            socket.send({"type": "ping"})
        answers = [await socket.receive() for _ in range(200)]
        assert answers == [{"type": "pong"}] * 200


async def test_pings_of_a_client_that_reads_nothing_do_not_pile_up(
    layer: WebLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WebsocketProtocol, "linger_seconds", 0.2)
    layer.limits = ConnectionLimits(queued_messages_max=5, closing_seconds=0.2)
    async with ready_socket(layer) as socket:
        socket.pause()
        socket.subscribe("subscription { flood }")
        await asyncio.wait_for(layer.graph.started.acquire(), 5)
        pinging = asyncio.create_task(_ping_without_an_end(socket))
        await asyncio.wait_for(layer.graph.ended.acquire(), 10)
        pinging.cancel()
        await asyncio.wait({pinging})


async def test_pongs_a_client_does_not_read_are_left_out(
    layer: WebLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    protocols: list[WebsocketProtocol] = []
    make = WebsocketProtocol.connection_made

    def connection_made(protocol: WebsocketProtocol, transport: asyncio.BaseTransport) -> None:
        protocols.append(protocol)
        make(protocol, transport)

    monkeypatch.setattr(WebsocketProtocol, "connection_made", connection_made)
    async with ready_socket(layer) as socket:
        [protocol] = protocols
        protocol.pause_writing()
        for _ in range(10_000):
            socket.send_frame(Opcode.PING, b"x" * 125)
        # Comes behind them all.
        socket.subscribe("{ a }")
        await asyncio.wait_for(layer.graph.started.acquire(), 30)
        protocol.resume_writing()
        socket.send_frame(Opcode.PING, b"after")
        frames = []
        while (frame := await socket.receive_frame()).payload != b"after":
            frames.append(frame)
    assert [frame.opcode for frame in frames] == [Opcode.TEXT] * 2


async def _ping_without_an_end(socket: RawSocket) -> None:
    try:
        for number in itertools.count():
            socket.send({"type": "ping", "payload": {"number": number}})
            await socket.drain()
            # The server shares this loop.
            await asyncio.sleep(0)
    except (ConnectionError, TimeoutError):
        return
