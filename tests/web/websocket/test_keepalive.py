"""Pings, and what becomes of those who answer none."""

import asyncio

import pytest

from tests.raw_websocket import Frame, Opcode, RawSocket
from tests.web.harness import WebLayer
from tests.web.websocket.sockets import ready_socket
from web.websocket.closing import CloseCode
from web.websocket.frames import ends_with_a_frame, is_empty_pong
from web.websocket.keepalive import Keepalive
from web.websocket.protocol import WebsocketProtocol

_SECONDS = 5.0


class Counted:
    """Counts its pings."""

    def __init__(self) -> None:
        self.pings: asyncio.Queue[float] = asyncio.Queue()

    def ping(self) -> None:
        """Note one."""
        self.pings.put_nowait(asyncio.get_running_loop().time())


@pytest.fixture
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.server._PING_SECONDS", 0.05)


async def _next_ping(socket: RawSocket) -> Frame:
    async with asyncio.timeout(_SECONDS):
        while (frame := await socket.receive_frame()).opcode is not Opcode.PING:
            pass
    return frame


@pytest.mark.usefixtures("_quickly")
async def test_an_idle_socket_that_answers_stays(layer: WebLayer) -> None:
    async with ready_socket(layer) as socket:
        for _ in range(20):
            ping = await _next_ping(socket)
            socket.send_frame(Opcode.PONG, ping.payload)
        assert ping.payload == b""


@pytest.mark.usefixtures("_quickly")
async def test_one_that_answers_no_ping_is_closed(layer: WebLayer) -> None:
    async with ready_socket(layer) as socket:
        async with asyncio.timeout(_SECONDS):
            while (frame := await socket.receive_frame()).opcode is not Opcode.CLOSE:
                assert frame.opcode is Opcode.PING
        assert frame.payload[:2] == (1011).to_bytes(2, "big")


@pytest.mark.usefixtures("_quickly")
async def test_messages_are_an_answer_as_well(layer: WebLayer) -> None:
    async with ready_socket(layer) as socket:
        for _ in range(20):
            await _next_ping(socket)
            socket.send({"type": "pong"})


async def test_bytes_of_a_pong_within_a_message_are_its_own(
    layer: WebLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks: asyncio.Queue[bytes] = asyncio.Queue()
    take = WebsocketProtocol.data_received

    def data_received(protocol: WebsocketProtocol, data: bytes) -> None:
        chunks.put_nowait(data)
        take(protocol, data)

    async with ready_socket(layer) as socket:
        monkeypatch.setattr(WebsocketProtocol, "data_received", data_received)
        head = bytes((0x81, 0x82))
        socket.write(head)
        assert await asyncio.wait_for(chunks.get(), _SECONDS) == head
        mask = b"\x8a\x80ab"
        # An object without a type, which is an answer to no ping.
        socket.write(mask + bytes((ord("{") ^ mask[0], ord("}") ^ mask[1])))
        assert is_empty_pong(await asyncio.wait_for(chunks.get(), _SECONDS))
        code, _ = await socket.closing()
    assert code == CloseCode.BAD_REQUEST


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_whole_frames_are_told_from_pieces(size: int) -> None:
    lengths = {
        0: bytes((0x80 | min(size, 125),)),
        1: b"\xfe" + (size % 65_536).to_bytes(2, "big"),
        2: b"\xff" + size.to_bytes(8, "big"),
    }
    kind = (size > 125) + (size > 65_535)
    frame = b"\x81" + lengths[kind] + b"\1\2\3\4" + b"x" * size
    assert ends_with_a_frame(frame)
    assert ends_with_a_frame(frame * 3)
    assert not ends_with_a_frame(frame[:-1])
    assert not ends_with_a_frame(frame + b"\x81")


def test_only_an_empty_pong_is_told_by_its_bytes() -> None:
    assert is_empty_pong(b"\x8a\x80abcd")
    assert not is_empty_pong(b"\x8a\x81abcdx")
    assert not is_empty_pong(b"\x89\x80abcd")
    assert not is_empty_pong(b"\x8a\x00")


async def test_everybody_is_pinged_again_and_again() -> None:
    keepalive = Keepalive(seconds=0.05)
    websockets = [Counted() for _ in range(500)]
    slots = [keepalive.add(websocket) for websocket in websockets]
    async with asyncio.timeout(_SECONDS):
        for websocket in websockets:
            await websocket.pings.get()
            await websocket.pings.get()
    # Spread, not all in one turn of the loop.
    assert max(map(slots.count, slots)) <= 5
    for websocket, slot in zip(websockets, slots, strict=True):
        keepalive.remove(websocket, slot)
        keepalive.remove(websocket, slot)
