"""The client's sockets: as little Python per message as it takes to check and time it."""

import asyncio
import base64
import json
import re
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, cast
from uuid import uuid4

SELECTION: Final = """
  __typename
  ... on ProjectEvent {
    seq occurredAt kind taskId actor { id name } changes { field before after }
    task { id key title priority position dueDate version column { id } assignee { id name }
      labels { id name color } commentCount }
  }
  ... on ResyncRequired { reason cursor }
"""
_DOCUMENT: Final = (
    "subscription($projectId: ID!) { projectEvents(projectId: $projectId) {" + SELECTION + "} }"
)
_EVENT: Final = re.compile(rb'"seq":(\d+),"occurredAt":"([^"]+)"')
_TEXT: Final = 1
_CLOSE: Final = 8
_PING: Final = 9
_COMPLAINTS_MAX: Final = 5


@dataclass(slots=True)
class Tally:
    """What all sockets of this process have received since it was reset."""

    deliveries: int = 0
    payload_bytes: int = 0
    latencies: "array[float]" = field(default_factory=lambda: array("d"))
    out_of_order: int = 0
    complaints: list[str] = field(default_factory=list)
    closed: int = 0
    _sent_at: tuple[bytes, float] = (b"", 0.0)

    def reset(self) -> None:
        """Begin anew."""
        self.deliveries = self.payload_bytes = self.out_of_order = 0
        self.latencies = array("d")

    def count(self, occurred_at: bytes, size: int) -> None:
        """Count an event by its own time, which is the same for all who get it."""
        if self._sent_at[0] != occurred_at:
            instant = datetime.fromisoformat(occurred_at.decode())
            self._sent_at = occurred_at, instant.timestamp()
        self.deliveries += 1
        self.payload_bytes += size
        self.latencies.append(time.time() - self._sent_at[1])

    def complain(self, text: str) -> None:
        """Keep what should not have come."""
        if len(self.complaints) < _COMPLAINTS_MAX:
            self.complaints.append(text[:300])


class Socket(asyncio.Protocol):
    """One websocket with one subscription."""

    __slots__ = ("_on_message", "_on_ready", "_project_id", "_rest", "_seq", "_tally", "_token",
                 "_transport")  # fmt: skip

    def __init__(
        self, tally: Tally, *, token: str, project_id: str, on_ready: Callable[[], None]
    ) -> None:
        self._tally = tally
        self._token = token
        self._project_id = project_id
        self._on_ready = on_ready
        self._rest = b""
        self._seq = 0
        self._on_message = self._acknowledged
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is none by its class.
        self._transport = cast("asyncio.Transport", transport)
        key = base64.b64encode(uuid4().bytes).decode()
        self._transport.write(
            (
                "GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
            ).encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as asyncio has it
        self._tally.closed += 1

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        if data.startswith(b"HTTP/1.1 "):
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._rest = head
                return
            if b" 101 " not in head[:16]:
                self._tally.complain(head.decode())
                return
            payload = {"authorization": f"Bearer {self._token}"}
            self._send({"type": "connection_init", "payload": payload})
        self._rest = self._read_frames(data)

    def _read_frames(self, data: bytes) -> bytes:
        """Handle each whole frame; return what is left."""
        position, size = 0, len(data)
        while size - position >= 2:
            length, start = data[position + 1], position + 2
            if length == 126:
                start += 2
                length = int.from_bytes(data[position + 2 : start], "big")
            elif length == 127:
                start += 8
                length = int.from_bytes(data[position + 2 : start], "big")
            end = start + length
            if size < start or size < end:
                break
            match data[position] & 15:
                case 1:
                    self._on_message(data, start, end)
                case 9:
                    self._write(10, data[start:end])
                case 8:
                    self._tally.complain(f"closed: {data[start:end]!r}")
                case _:
                    pass
            position = end
        return data[position:]

    def _acknowledged(self, data: bytes, start: int, end: int) -> None:
        if b"connection_ack" not in data[start:end]:
            self._tally.complain(data[start:end].decode())
            return
        payload = {"query": _DOCUMENT, "variables": {"projectId": self._project_id}}
        self._send({"type": "subscribe", "id": str(uuid4()), "payload": payload})
        # What is answered behind the subscription tells that it has been read.
        self._send({"type": "ping"})
        self._on_message = self._subscribed

    def _subscribed(self, data: bytes, start: int, end: int) -> None:
        if b'"pong"' in data[start:end]:
            self._token = ""
            self._on_message = self._received
            self._on_ready()
        else:
            self._received(data, start, end)

    def _received(self, data: bytes, start: int, end: int) -> None:
        found = _EVENT.search(data, start, end)
        if found is None:
            self._tally.complain(data[start:end].decode())
            return
        seq = int(found[1])
        if self._seq and seq != self._seq + 1:
            self._tally.out_of_order += 1
        self._seq = seq
        self._tally.count(found[2], end - start)

    def _send(self, message: object) -> None:
        self._write(_TEXT, json.dumps(message).encode())

    def _write(self, opcode: int, payload: bytes) -> None:
        """Write a frame, masked with zeros, which leaves the payload as it is."""
        size = len(payload)
        if size < 126:
            head = bytes((0x80 | opcode, 0x80 | size))
        else:
            head = bytes((0x80 | opcode, 0x80 | 126)) + size.to_bytes(2, "big")
        self._transport.write(head + b"\0\0\0\0" + payload)
