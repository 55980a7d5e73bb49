"""Writes to a connection, joined: an answer's head and its body leave as one packet."""

import asyncio
from typing import Any, Final

# What is larger is a packet of its own, or several, anyway.
_HELD_BYTES_MAX: Final = 16_384


class JoinedWrites(asyncio.Transport):
    """A transport that holds a first small write back, and sends it with the next.

    Sending a packet takes as long as encoding a small answer does, and a head alone wakes a reader
    who can do nothing with it. What no other write follows goes at the end of the same turn of
    the loop, so nothing is late and no more than one small write is ever held.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        # What the connection is without this.
        self.plain: Final = transport
        self._loop = loop
        self._held: bytes | None = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send the data, at the end of this turn of the loop at the latest."""
        if self._held is not None:
            held, self._held = self._held, None
            self.plain.writelines((held, data))
        elif len(data) > _HELD_BYTES_MAX:
            self.plain.write(data)
        else:
            # A copy of what may change until it is sent.
            self._held = bytes(data)
            self._loop.call_soon(self._send_held)

    def close(self) -> None:
        """Close the connection once everything is sent."""
        self._send_held()
        self.plain.close()

    def abort(self) -> None:
        """Close the connection at once."""
        self._held = None
        self.plain.abort()

    def is_closing(self) -> bool:
        """Whether the connection is closed, or about to be."""
        return self.plain.is_closing()

    def pause_reading(self) -> None:
        """Receive no more for now."""
        self.plain.pause_reading()

    def resume_reading(self) -> None:
        """Receive again."""
        self.plain.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - asyncio's signature
        """What is known of the connection by this name."""
        return self.plain.get_extra_info(name, default)

    def _send_held(self) -> None:
        if self._held is not None:
            held, self._held = self._held, None
            if not self.plain.is_closing():
                self.plain.write(held)
