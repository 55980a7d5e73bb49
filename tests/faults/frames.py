"""The client's end of a websocket, as lean as hundreds of them in one process want it."""

import asyncio
import base64
import os
import struct
from collections.abc import Callable
from typing import Final

from infra.embedded.ports import LOOPBACK

_CONNECT_SECONDS: Final = 10.0
_TEXT, _CLOSE, _PING, _PONG = 0x81, 0x88, 0x89, 0x8A
_MASKED: Final = 0x80
_LENGTH_16, _LENGTH_64 = 126, 127
_SHORT_HEADER, _HEADER_16, _HEADER_64 = 2, 4, 10


class FrameClient(asyncio.Protocol):
    """One websocket. Calls `receive` with the payload of each text frame."""

    def __init__(self, receive: Callable[[bytes], None]) -> None:
        loop = asyncio.get_running_loop()
        self._receive = receive
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._is_upgraded = False
        self.opened: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self.heard_at = loop.time()

    @classmethod
    async def connect(cls, port: int, receive: Callable[[bytes], None]) -> "FrameClient":
        """A websocket to /graphql on the port; OSError when there is none."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(_CONNECT_SECONDS):
            _, client = await loop.create_connection(lambda: cls(receive), LOOPBACK, port)
            try:
                await client._upgrade(port)
            except BaseException:
                client.abort()
                raise
        return client

    async def _upgrade(self, port: int) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        assert self._transport is not None
        self._transport.write(
            f"GET /graphql HTTP/1.1\r\nHost: {LOOPBACK}:{port}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )
        await self.opened

    def send(self, text: bytes, *, kind: int = _TEXT) -> None:
        """Send a frame. The mask is zero: servers accept it, and nothing has to be masked."""
        if self._transport is None or self._transport.is_closing():
            return
        if len(text) < _LENGTH_16:
            header = struct.pack(">BB", kind, _MASKED | len(text))
        else:
            header = struct.pack(">BBH", kind, _MASKED | _LENGTH_16, len(text))
        self._transport.write(header + bytes(4) + text)

    def pause(self) -> None:
        """Read nothing any more."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def abort(self) -> None:
        """Drop the connection without a word."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(exc or ConnectionResetError("closed before the upgrade"))
        if not self.closed.done():
            self.closed.set_result(None)

    def data_received(self, data: bytes) -> None:
        self.heard_at = asyncio.get_running_loop().time()
        self._buffer += data
        if not self._is_upgraded and not self._take_upgrade():
            return
        self._take_frames()

    def _take_upgrade(self) -> bool:
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return False
        if not head.startswith(b"HTTP/1.1 101"):
            if not self.opened.done():
                self.opened.set_exception(
                    ConnectionRefusedError(head[:40].decode(errors="replace"))
                )
            self.abort()
            return False
        self._buffer = bytearray(rest)
        self._is_upgraded = True
        self.opened.set_result(None)
        return True

    def _take_frames(self) -> None:
        buffer = self._buffer
        start = 0
        while len(buffer) - start >= _SHORT_HEADER:
            length = buffer[start + 1]
            body = start + _SHORT_HEADER
            if length == _LENGTH_16:
                if len(buffer) - start < _HEADER_16:
                    break
                length = int.from_bytes(buffer[body : body + 2], "big")
                body = start + _HEADER_16
            elif length == _LENGTH_64:
                if len(buffer) - start < _HEADER_64:
                    break
                length = int.from_bytes(buffer[body : body + 8], "big")
                body = start + _HEADER_64
            if len(buffer) < body + length:
                break
            self._take(buffer[start], bytes(buffer[body : body + length]))
            start = body + length
        del buffer[:start]

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == _TEXT:
            self._receive(payload)
        elif kind == _PING:
            self.send(payload, kind=_PONG)
        elif kind == _CLOSE:
            self.abort()
        elif kind != _PONG:
            raise AssertionError(f"a frame of kind {kind:#x}")
