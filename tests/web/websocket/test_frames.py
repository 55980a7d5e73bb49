"""Frames by RFC 6455: fragments, control frames, and what no client may send."""

import pytest

from tests.raw_websocket import Opcode, RawSocket, close_payload, encoded
from tests.web.websocket.sockets import require_alive

PING = b'{"type":"ping"}'
PONG = {"type": "pong"}


@pytest.mark.parametrize("size", [1, 3, 7])
async def test_a_message_may_come_in_fragments(ready: RawSocket, size: int) -> None:
    first, *others = [PING[start : start + size] for start in range(0, len(PING), size)]
    ready.send_frame(Opcode.TEXT, first, is_final=False)
    for other in others:
        ready.send_frame(Opcode.CONTINUATION, other, is_final=False)
    ready.send_frame(Opcode.CONTINUATION, b"")
    assert await ready.receive() == PONG


async def test_a_character_may_be_cut_by_a_fragment(ready: RawSocket) -> None:
    message = '{"type":"ping","payload":{"a":"é"}}'.encode()
    cut = message.index(b"\xc3") + 1
    ready.send_frame(Opcode.TEXT, message[:cut], is_final=False)
    ready.send_frame(Opcode.CONTINUATION, message[cut:])
    assert await ready.receive() == PONG


async def test_frames_may_come_byte_by_byte(ready: RawSocket) -> None:
    for byte in encoded(Opcode.TEXT, PING):
        ready.write(bytes([byte]))
        await ready.drain()
    assert await ready.receive() == PONG


async def test_many_messages_may_come_in_one_packet(ready: RawSocket) -> None:
    ready.write(encoded(Opcode.TEXT, PING) * 100)
    assert [await ready.receive() for _ in range(100)] == [PONG] * 100


@pytest.mark.parametrize("payload", [b"", b"x", b"\x00\xff" * 62])
async def test_a_ping_frame_is_answered_with_its_payload(ready: RawSocket, payload: bytes) -> None:
    ready.send_frame(Opcode.PING, payload)
    frame = await ready.receive_frame()
    assert (frame.opcode, frame.payload) == (Opcode.PONG, payload)


async def test_a_ping_frame_may_stand_between_fragments(ready: RawSocket) -> None:
    ready.send_frame(Opcode.TEXT, PING[:5], is_final=False)
    ready.send_frame(Opcode.PING, b"now")
    ready.send_frame(Opcode.CONTINUATION, PING[5:])
    frame = await ready.receive_frame()
    assert (frame.opcode, frame.payload) == (Opcode.PONG, b"now")
    assert await ready.receive() == PONG


async def test_a_pong_frame_nobody_asked_for_is_passed_over(ready: RawSocket) -> None:
    ready.send_frame(Opcode.PONG, b"unasked")
    await require_alive(ready)


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
async def test_a_close_frame_is_answered_with_its_code(ready: RawSocket, code: int) -> None:
    ready.send_frame(Opcode.CLOSE, close_payload(code, b"bye"))
    assert (await ready.closing())[0] == code


async def test_a_close_frame_without_a_code_is_answered_without_one(ready: RawSocket) -> None:
    ready.send_frame(Opcode.CLOSE)
    assert (await ready.closing())[0] == 1005


@pytest.mark.parametrize("is_final", [True, False])
async def test_a_binary_message_is_a_bad_request(ready: RawSocket, *, is_final: bool) -> None:
    ready.send_frame(Opcode.BINARY, PING, is_final=is_final)
    ready.send_frame(*{True: (Opcode.PONG,), False: (Opcode.CONTINUATION,)}[is_final])
    assert await ready.closing() == (4400, "Messages must be text frames")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(encoded(Opcode.TEXT, PING, is_masked=False), id="not masked"),
        pytest.param(encoded(Opcode.TEXT, PING, reserved_bits=0b100), id="compressed"),
        pytest.param(encoded(Opcode.TEXT, PING, reserved_bits=0b001), id="a reserved bit"),
        pytest.param(encoded(3, PING), id="a reserved opcode"),
        pytest.param(encoded(11, b""), id="a reserved control opcode"),
        pytest.param(encoded(Opcode.CONTINUATION, PING), id="a continuation of nothing"),
        pytest.param(
            encoded(Opcode.TEXT, b"{", is_final=False) + encoded(Opcode.TEXT, PING),
            id="a message within another",
        ),
        pytest.param(encoded(Opcode.PING, b"x" * 126), id="a long control frame"),
        pytest.param(encoded(Opcode.PING, b"x", is_final=False), id="a control frame in parts"),
        pytest.param(encoded(Opcode.CLOSE, b"\x03"), id="half a close code"),
        pytest.param(encoded(Opcode.CLOSE, close_payload(1005)), id="a close code for nobody"),
        pytest.param(encoded(Opcode.CLOSE, close_payload(999)), id="a close code too small"),
    ],
)
async def test_what_no_client_may_send_is_a_protocol_error(ready: RawSocket, data: bytes) -> None:
    ready.write(data)
    assert (await ready.closing())[0] == 1002


@pytest.mark.parametrize("text", [b"\xff", b'{"type":"\xed\xa0\x80"}', b"\xc3"])
async def test_text_that_is_not_utf8_is_no_text(ready: RawSocket, text: bytes) -> None:
    ready.send_frame(Opcode.TEXT, text)
    assert (await ready.closing())[0] == 1007
