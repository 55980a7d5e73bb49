"""Text frames of RFC 6455 as bytes, and the socket that takes them without a task in between."""

from collections.abc import Callable
from typing import Final, Protocol

# In a websocket's ASGI scope: the FrameSocket of the connection.
FRAMES_EXTENSION: Final = "taskwire.frames"

_FINAL_TEXT: Final = b"\x81"
_SHORT_MAX: Final = 125
_MEDIUM_MAX: Final = 0xFFFF


class FrameSocket(Protocol):
    """Writes whole frames. Only for a websocket that has been accepted without compression."""

    # Whether the client reads more slowly than is written.
    is_congested: bool
    # Called whenever congestion ends.
    on_writable: Callable[[], None] | None

    def write_frame(self, frame: bytes) -> None:
        """Write at once, or nothing once the websocket is closing."""
        ...


def text_frame(*parts: bytes) -> bytes:
    """One unmasked text frame of these parts, which together are UTF-8."""
    return b"".join((text_header(sum(map(len, parts))), *parts))


def text_header(payload_bytes: int) -> bytes:
    """What precedes a text of this size."""
    if payload_bytes <= _SHORT_MAX:
        return _FINAL_TEXT + payload_bytes.to_bytes(1, "big")
    if payload_bytes <= _MEDIUM_MAX:
        return _FINAL_TEXT + b"\x7e" + payload_bytes.to_bytes(2, "big")
    return _FINAL_TEXT + b"\x7f" + payload_bytes.to_bytes(8, "big")
