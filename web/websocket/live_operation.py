"""A live subscription as an operation of a websocket."""

from collections.abc import Awaitable
from typing import Protocol

import orjson

from graph.operation import GraphResponse
from web.live.results import LiveResult
from web.live.subscriber import Subscriber
from web.websocket.wire import Wire


class LiveConnection(Protocol):
    """The websocket that a live operation belongs to."""

    @property
    def wire(self) -> Wire:
        """What takes frames while the client reads."""
        ...

    def queue_live(self, frame: bytes) -> bool:
        """Send the frame when the client reads again; False when too many wait already."""
        ...

    def wait_for_room(self) -> Awaitable[None]:
        """Return when the client has read most of what was sent."""
        ...

    def end_live(self, operation_id: str, last: GraphResponse) -> None:
        """Send why the operation ends; its id is free."""
        ...


class LiveOperationSink:
    """Makes the frames of one operation: nothing but its id is its own."""

    __slots__ = ("_connection", "_id", "_prefix", "_wire", "subscriber")

    def __init__(
        self, connection: LiveConnection, operation_id: str, subscriber: Subscriber
    ) -> None:
        self.subscriber = subscriber
        self._connection = connection
        self._wire = connection.wire
        self._id = operation_id
        self._prefix = b'{"id":%b,"type":"next","payload":' % orjson.dumps(operation_id)

    def push(self, result: LiveResult) -> bool:
        """Send it; False when there is no room."""
        frame = result.text_frame(self._prefix)
        # Every call counts here. Frames wait in the queue only while the wire is congested.
        return self._wire.write_if_writable(frame) or self._connection.queue_live(frame)

    def wait_for_room(self) -> Awaitable[None]:
        """Return when there is room."""
        return self._connection.wait_for_room()

    def end(self, last: GraphResponse) -> None:
        """Send why nothing follows."""
        self._connection.end_live(self._id, last)
