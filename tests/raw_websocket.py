"""A websocket client down to its frames (RFC 6455): it sends what it is told to, right or wrong."""

import asyncio
import base64
import hashlib
import json
import os
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

_SECONDS: Final = 5.0
_GUID: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_SHORT: Final = 125
_TWO_BYTES: Final = 126
_EIGHT_BYTES: Final = 127
_SWITCHING_PROTOCOLS: Final = 101
PROTOCOL: Final = "graphql-transport-ws"


class Opcode(IntEnum):
    """What a frame carries."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of the server's, which masks none."""

    opcode: Opcode
    payload: bytes
    is_final: bool = True
    reserved_bits: int = 0


@dataclass(frozen=True, slots=True)
class Handshake:
    """The server's answer to the request for a websocket."""

    status: int
    headers: Mapping[str, str]


class Ended(Exception):
    """The server closed; without a close frame the code is 1006."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


class RawSocket:
    """An open TCP connection that speaks in frames."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.handshake = Handshake(0, {})

    @property
    def subprotocol(self) -> str | None:
        """The one the server chose; None when it chose none."""
        return self.handshake.headers.get("sec-websocket-protocol")

    async def open(self, host: str, path: str, headers: Mapping[str, str]) -> Handshake:
        """Ask for a websocket, with these headers instead of or beside the usual ones."""
        key = base64.b64encode(os.urandom(16)).decode()
        wanted = {
            "host": host,
            "connection": "Upgrade",
            "upgrade": "websocket",
            "sec-websocket-version": "13",
            "sec-websocket-key": key,
            "sec-websocket-protocol": PROTOCOL,
            **headers,
        }
        lines = [f"{name}: {value}" for name, value in wanted.items() if value]
        self.write("\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode())
        async with asyncio.timeout(_SECONDS):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status_line, *fields = head.strip().split("\r\n")
        pairs = (field.partition(":") for field in fields)
        answered = {name.strip().lower(): value.strip() for name, _, value in pairs}
        self.handshake = Handshake(int(status_line.split()[1]), answered)
        if self.handshake.status == _SWITCHING_PROTOCOLS:
            proof = hashlib.sha1((key + _GUID).encode(), usedforsecurity=False).digest()
            assert answered["sec-websocket-accept"] == base64.b64encode(proof).decode()
        return self.handshake

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._writer.write(data)

    def send_frame(
        self,
        opcode: int,
        payload: bytes = b"",
        *,
        is_final: bool = True,
        reserved_bits: int = 0,
        is_masked: bool = True,
    ) -> None:
        """Send one frame."""
        self.write(
            encoded(
                opcode,
                payload,
                is_final=is_final,
                reserved_bits=reserved_bits,
                is_masked=is_masked,
            )
        )

    def send_text(self, text: str) -> None:
        """Send a text message in one frame."""
        self.send_frame(Opcode.TEXT, text.encode())

    def send(self, message: object) -> None:
        """Send a message as JSON."""
        self.send_text(json.dumps(message))

    async def drain(self) -> None:
        """Wait until the server has taken most of what was sent."""
        async with asyncio.timeout(_SECONDS):
            await self._writer.drain()

    async def receive_frame(self) -> Frame:
        """The server's next frame; raise Ended when there is none."""
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._read_frame()
        except (asyncio.IncompleteReadError, ConnectionError):
            raise Ended(1006, "") from None

    async def require_silence(self, seconds: float = 0.4) -> None:
        """Fail if the server says anything for so long."""
        try:
            async with asyncio.timeout(seconds):
                frame = await self.receive_frame()
        except TimeoutError:
            return
        raise AssertionError(frame)

    async def receive_text(self) -> str:
        """The next message, which must be one text frame; raise Ended when the server closes."""
        while True:
            frame = await self.receive_frame()
            assert frame.is_final, "the server sends messages whole"
            assert frame.reserved_bits == 0, "nothing is compressed"
            match frame.opcode:
                case Opcode.PING:
                    self.send_frame(Opcode.PONG, frame.payload)
                case Opcode.CLOSE:
                    raise _ended(frame)
                case _:
                    assert frame.opcode == Opcode.TEXT, "messages must be text frames"
                    return frame.payload.decode()

    async def receive(self) -> dict[str, Any]:
        """The next message, as JSON."""
        message = json.loads(await self.receive_text())
        assert isinstance(message, dict)
        return message

    async def closing(self) -> tuple[int, str]:
        """Code and reason of the close frame, whatever comes before it."""
        try:
            while True:
                await self.receive_text()
        except Ended as end:
            return end.code, end.reason

    async def initialise(self, token: str | None = None) -> None:
        """Be acknowledged, as whom the token names."""
        payload = {} if token is None else {"payload": {"authorization": f"Bearer {token}"}}
        self.send({"type": "connection_init", **payload})
        assert await self.receive() == {"type": "connection_ack"}

    def subscribe(
        self, query: str, operation_id: str = "1", members: Mapping[str, object] | None = None
    ) -> None:
        """Ask for an operation, with these members of the payload beside the query."""
        payload = {"query": query, **(members or {})}
        self.send({"type": "subscribe", "id": operation_id, "payload": payload})

    def pause(self) -> None:
        """Read nothing more."""
        transport = self._writer.transport
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()

    def abort(self) -> None:
        """Reset the connection."""
        self._writer.transport.abort()

    async def _read_frame(self) -> Frame:
        first, second = await self._reader.readexactly(2)
        assert not second & 0x80, "a server masks nothing"
        length = second & 0x7F
        if length == _TWO_BYTES:
            [length] = struct.unpack("!H", await self._reader.readexactly(2))
        elif length == _EIGHT_BYTES:
            [length] = struct.unpack("!Q", await self._reader.readexactly(8))
        payload = await self._reader.readexactly(length)
        return Frame(Opcode(first & 0x0F), payload, bool(first & 0x80), first >> 4 & 0x07)


def encoded(
    opcode: int,
    payload: bytes = b"",
    *,
    is_final: bool = True,
    reserved_bits: int = 0,
    is_masked: bool = True,
) -> bytes:
    """A frame's bytes."""
    first = (0x80 if is_final else 0) | reserved_bits << 4 | opcode
    mask_bit = 0x80 if is_masked else 0
    size = len(payload)
    if size <= _SHORT:
        head = struct.pack("!BB", first, mask_bit | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, mask_bit | _TWO_BYTES, size)
    else:
        head = struct.pack("!BBQ", first, mask_bit | _EIGHT_BYTES, size)
    if not is_masked:
        return head + payload
    mask = os.urandom(4)
    stretched = (mask * (size // 4 + 1))[:size]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(stretched, "big")
    return head + mask + masked.to_bytes(size, "big")


def close_payload(code: int, reason: bytes = b"") -> bytes:
    """What a close frame carries."""
    return struct.pack("!H", code) + reason


@asynccontextmanager
async def tcp_connection(address: str) -> AsyncIterator[RawSocket]:
    """A connection to `host:port` on which nothing has been said yet."""
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    socket = RawSocket(reader, writer)
    try:
        yield socket
    finally:
        socket.abort()


@asynccontextmanager
async def websocket(address: str, **headers: str) -> AsyncIterator[RawSocket]:
    """A websocket to /graphql at `host:port`; headers are named with underscores."""
    async with tcp_connection(address) as socket:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        handshake = await socket.open(address, "/graphql", named)
        assert handshake.status == _SWITCHING_PROTOCOLS, handshake
        yield socket


def _ended(frame: Frame) -> Ended:
    if not frame.payload:
        return Ended(1005, "")
    [code] = struct.unpack("!H", frame.payload[:2])
    return Ended(code, frame.payload[2:].decode())
