"""The client's sockets: as little Python per message as it takes to check and time it."""

import base64
import json
import os
import re
import socket
import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

_FINAL_TEXT: Final = 0x81
_TEXT: Final = 1
_CLOSE: Final = 8
_PING: Final = 9
_PONG: Final = 10
_COMPLAINTS_MAX: Final = 5
_READ_BYTES: Final = 65_536
# A space behind a colon is as good as none.
_EVENT: Final = re.compile(rb'"seq": ?(\d+), ?"occurredAt": ?"([^"]+)"')
_PAYLOAD: Final = b'"payload"'


@dataclass(slots=True)
class Tally:
    """What all sockets of this process have received since it was reset."""

    deliveries: int = 0
    payload_bytes: int = 0
    latencies: "array[float]" = field(default_factory=lambda: array("d"))
    out_of_order: int = 0
    resyncs: int = 0
    last_seq: int = 0
    complaints: list[str] = field(default_factory=list)
    closed: int = 0

    def reset(self) -> None:
        """Begin anew."""
        self.deliveries = self.payload_bytes = self.out_of_order = self.resyncs = 0
        self.latencies = array("d")

    def complain(self, text: str) -> None:
        """Keep what should not have come."""
        if len(self.complaints) < _COMPLAINTS_MAX:
            self.complaints.append(text[:300])


class Watched:
    """What the sockets of one project expect. Its last event is told by its bytes alone."""

    __slots__ = ("last_payload", "project_id", "sent_at", "seq")

    def __init__(self, project_id: str) -> None:
        self.project_id = project_id
        self.last_payload = b""
        self.seq = 0
        self.sent_at = 0.0

    def read(self, payload: bytes) -> bool:
        """Note the event that is in the payload; False when there is none."""
        found = _EVENT.search(payload)
        if found is None:
            return False
        self.seq = int(found[1])
        # The instant the change's command began.
        self.sent_at = datetime.fromisoformat(found[2].decode()).timestamp()
        self.last_payload = payload
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server, and what is asked of it."""

    port: int
    document: str
    # What the system keeps for a client that does not read; None for its usual.
    buffer_bytes: int | None = None

    def connect(self) -> socket.socket:
        """A connection on which the request for a websocket is on its way."""
        connection = socket.socket()
        if self.buffer_bytes is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.buffer_bytes)
        connection.settimeout(30.0)
        connection.connect(("127.0.0.1", self.port))
        connection.sendall(self.handshake())
        connection.settimeout(0.0)
        return connection

    def handshake(self) -> bytes:
        """The request that begins a websocket."""
        key = base64.b64encode(uuid4().bytes).decode()
        return (
            f"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
        ).encode()


class Socket:
    """One websocket with one subscription."""

    __slots__ = ("_on_message", "_on_ready", "_rest", "_seq", "_socket", "_tally", "_target",
                 "_token", "_watched", "descriptor")  # fmt: skip

    def __init__(
        self,
        target: Target,
        watched: Watched,
        tally: Tally,
        *,
        token: str,
        on_ready: Callable[[], None],
    ) -> None:
        self._target = target
        self._watched = watched
        self._tally = tally
        self._token = token
        self._on_ready = on_ready
        self._rest = b""
        self._seq = 0
        self._on_message = self._acknowledged
        self._socket = target.connect()
        self.descriptor = self._socket.fileno()

    def receive(self) -> bool:
        """Take what has come; False when the server has closed."""
        try:
            data = os.read(self.descriptor, _READ_BYTES)
        except BlockingIOError:
            return True
        except ConnectionError:
            data = b""
        if not data:
            self._tally.closed += 1
            return False
        # Nearly always: one whole message, with an event that others have got as well.
        if not self._rest and data[0] == _FINAL_TEXT:
            payload = data[data.find(_PAYLOAD) :]
            if payload == self._watched.last_payload and self._seq == self._watched.seq - 1:
                self._count(len(data))
                return True
        self._receive_any(data)
        return True

    def close(self) -> None:
        """Leave without a word."""
        self._socket.close()

    def _count(self, size: int) -> None:
        tally = self._tally
        self._seq = tally.last_seq = self._watched.seq
        tally.deliveries += 1
        tally.payload_bytes += size
        tally.latencies.append(time.time() - self._watched.sent_at)

    def _receive_any(self, data: bytes) -> None:
        data = self._rest + data
        if data.startswith(b"HTTP/1.1 "):
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._rest = head
                return
            if b" 101 " not in head[:16]:
                self._tally.complain(head.decode())
                return
            self._send({"type": "connection_init", "payload": self._identity()})
        self._rest = self._read_frames(data)

    def _identity(self) -> Mapping[str, str]:
        return {"authorization": f"Bearer {self._token}"} if self._token else {}

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
                    self._on_message(data[start:end])
                case 9:
                    self._write(_PONG, data[start:end])
                case 8:
                    self._tally.complain(f"closed: {data[start:end]!r}")
                case _:
                    pass
            position = end
        return data[position:]

    def _acknowledged(self, message: bytes) -> None:
        if b"connection_ack" not in message:
            self._tally.complain(message.decode())
            return
        payload = {
            "query": self._target.document,
            "variables": {"projectId": self._watched.project_id},
        }
        self._send({"type": "subscribe", "id": str(uuid4()), "payload": payload})
        # What is answered behind the subscription tells that it has been read.
        self._send({"type": "ping"})
        self._on_message = self._subscribed

    def _subscribed(self, message: bytes) -> None:
        if b'"pong"' in message:
            self._token = ""
            self._on_message = self._received
            self._on_ready()
        else:
            self._received(message)

    def _received(self, message: bytes) -> None:
        payload = message[message.find(_PAYLOAD) :]
        if payload != self._watched.last_payload and not self._watched.read(payload):
            self._receive_other(message)
            return
        if self._seq and self._watched.seq != self._seq + 1:
            self._tally.out_of_order += 1
        self._count(len(message))

    def _receive_other(self, message: bytes) -> None:
        if b'"ResyncRequired"' in message:
            self._tally.resyncs += 1
            self._seq = 0
        else:
            self._tally.complain(message.decode())

    def _send(self, message: Mapping[str, Any] | Sequence[Any]) -> None:
        self._write(_TEXT, json.dumps(message).encode())

    def _write(self, opcode: int, payload: bytes) -> None:
        """Write a frame, masked with zeros, which leaves the payload as it is."""
        size = len(payload)
        if size < 126:
            head = bytes((0x80 | opcode, 0x80 | size))
        else:
            head = bytes((0x80 | opcode, 0x80 | 126)) + size.to_bytes(2, "big")
        # Less than any send buffer, and the server reads.
        self._socket.sendall(head + b"\0\0\0\0" + payload)
