"""The way of whole frames to one client, without a task in between."""

import asyncio
from collections.abc import Callable
from typing import Final

# In a websocket's ASGI scope: the Wire of the connection.
WIRE_EXTENSION: Final = "taskwire.wire"


class Wire:
    """Writes whole frames to a websocket that has been accepted without compression.

    Apart from the protocol, and small: each of thousands is touched for every event.
    """

    __slots__ = ("is_congested", "on_writable", "transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        # Whether the client reads more slowly than is written.
        self.is_congested = False
        # Called whenever congestion ends.
        self.on_writable: Callable[[], None] | None = None

    def write(self, frame: bytes) -> None:
        """Write at once, or nothing once the connection is closing."""
        if not self.transport.is_closing():
            self.transport.write(frame)

    def write_if_writable(self, frame: bytes) -> bool:
        """Write like that unless there is congestion; False when there is."""
        if self.is_congested:
            return False
        if not self.transport.is_closing():
            self.transport.write(frame)
        return True
