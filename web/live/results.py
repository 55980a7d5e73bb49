"""What subscribers are handed, and what hands it on to a client."""

from collections.abc import Awaitable
from typing import Protocol

import orjson

from domain.errors import Unavailable
from graph.errors import raised_error
from graph.operation import GraphResponse
from web.websocket.frames import text_header


class LiveResult:
    """One response, encoded once for all who get it."""

    __slots__ = ("_ends", "_payload", "response")

    def __init__(self, response: GraphResponse) -> None:
        self.response = response
        self._payload: bytes | None = None
        # What precedes and follows a prefix of a size in a text frame.
        self._ends: dict[int, tuple[bytes, bytes]] = {}

    @property
    def payload(self) -> bytes:
        """The response as JSON."""
        if self._payload is None:
            self._payload = orjson.dumps(self.response.as_json())
        return self._payload

    def text_frame(self, prefix: bytes) -> bytes:
        """The frame of a message that begins with the prefix and ends behind the payload."""
        ends = self._ends.get(len(prefix))
        if ends is None:
            tail = self.payload + b"}"
            ends = self._ends[len(prefix)] = text_header(len(prefix) + len(tail)), tail
        return ends[0] + prefix + ends[1]


class Sink(Protocol):
    """The way to one client. Only `wait_for_room` waits."""

    def push(self, result: LiveResult) -> bool:
        """Hand it on; False when there is no room, so that it has to be offered again."""
        ...

    def wait_for_room(self) -> Awaitable[None]:
        """Return when there is room."""
        ...

    def end(self, last: GraphResponse) -> None:
        """Hand on why nothing follows."""
        ...


def ended_by(error: Exception) -> GraphResponse:
    """The last response of a subscription that the error ends; a bug is masked and logged."""
    return GraphResponse(data=None, errors=(raised_error(error),), is_request_error=True)


def is_passing(error: Exception) -> bool:
    """Whether it helps to try again."""
    return isinstance(error, Unavailable | TimeoutError)
