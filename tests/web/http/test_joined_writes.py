import asyncio

import pytest

from tests.web.harness import a_web_layer
from web.http.joined_writes import JoinedWrites


class _Wire(asyncio.Transport):
    """Keeps what it is told to send, packet by packet."""

    def __init__(self) -> None:
        super().__init__()
        self.packets: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.is_closed
        self.packets.append(bytes(data))

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed


@pytest.fixture
def wire() -> _Wire:
    return _Wire()


@pytest.fixture
async def joined(wire: _Wire) -> JoinedWrites:
    return JoinedWrites(wire, asyncio.get_running_loop())


async def test_the_second_write_of_a_turn_takes_the_first_along(
    wire: _Wire, joined: JoinedWrites
) -> None:
    joined.write(b"head ")
    assert wire.packets == []
    joined.write(b"body")
    assert wire.packets == [b"head body"]
    await asyncio.sleep(0)
    assert wire.packets == [b"head body"]


async def test_a_write_that_stays_alone_goes_at_the_end_of_the_turn(
    wire: _Wire, joined: JoinedWrites
) -> None:
    joined.write(b"head")
    await asyncio.sleep(0)
    assert wire.packets == [b"head"]
    joined.write(b"event")
    await asyncio.sleep(0)
    assert wire.packets == [b"head", b"event"]


async def test_the_order_stays_however_many_writes_a_turn_has(
    wire: _Wire, joined: JoinedWrites
) -> None:
    parts = [bytes([number]) * 1_000 for number in range(9)]
    for part in parts:
        joined.write(part)
    await asyncio.sleep(0)
    assert b"".join(wire.packets) == b"".join(parts)


async def test_what_is_large_is_not_held(wire: _Wire, joined: JoinedWrites) -> None:
    joined.write(b"x" * 100_000)
    assert len(wire.packets) == 1
    joined.write(b"head ")
    joined.write(b"y" * 100_000)
    assert wire.packets[1] == b"head " + b"y" * 100_000


async def test_what_is_held_is_a_copy(wire: _Wire, joined: JoinedWrites) -> None:
    data = bytearray(b"head")
    joined.write(data)
    data[:] = b"????"
    await asyncio.sleep(0)
    assert wire.packets == [b"head"]


async def test_closing_sends_what_is_held_first(wire: _Wire, joined: JoinedWrites) -> None:
    joined.write(b"last")
    joined.close()
    assert (wire.packets, wire.is_closed) == ([b"last"], True)
    await asyncio.sleep(0)
    assert wire.packets == [b"last"]


async def test_aborting_sends_nothing_more(wire: _Wire, joined: JoinedWrites) -> None:
    joined.write(b"last")
    joined.abort()
    await asyncio.sleep(0)
    assert (wire.packets, wire.is_closed) == ([], True)


async def test_nothing_is_sent_on_a_connection_that_was_lost_meanwhile(
    wire: _Wire, joined: JoinedWrites
) -> None:
    joined.write(b"late")
    wire.close()
    await asyncio.sleep(0)
    assert wire.packets == []


class _Chunks(asyncio.Protocol):
    def __init__(self) -> None:
        self.received: asyncio.Queue[bytes] = asyncio.Queue()

    def data_received(self, data: bytes) -> None:
        self.received.put_nowait(data)


async def test_an_answer_is_one_packet() -> None:
    async with a_web_layer() as layer, layer.served() as address:
        host, _, port = address.partition(":")
        transport, chunks = await asyncio.get_running_loop().create_connection(
            _Chunks, host, int(port)
        )
        body = b'{"query":"{ me }"}'
        for _ in range(3):
            transport.write(
                b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
                b"content-length: %d\r\n\r\n%s" % (len(body), body)
            )
            answer = await asyncio.wait_for(chunks.received.get(), 5)
            head, _, json = answer.partition(b"\r\n\r\n")
            assert b"content-length: %d" % len(json) in head
            assert json.startswith(b"{")
        transport.close()
