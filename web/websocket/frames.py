"""Frames of RFC 6455 as bytes."""

from typing import Final

# No payload: what came back tells that the client is there, and nothing else is asked.
EMPTY_PING: Final = b"\x89\x00"

_FINAL_TEXT: Final = b"\x81"
_SHORT_MAX: Final = 125
_MEDIUM: Final = 126
_LONG: Final = 127
_MEDIUM_MAX: Final = 0xFFFF
_LENGTH_BITS: Final = 0x7F
_MASKED: Final = 0x80
_FINAL_PONG: Final = 0x8A
# Two bytes and the mask.
_MASKED_HEAD_BYTES: Final = 6


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


def is_empty_pong(data: bytes) -> bool:
    """Whether a client's answer to an empty ping is all there is."""
    return len(data) == _MASKED_HEAD_BYTES and data[0] == _FINAL_PONG and data[1] == _MASKED


def ends_with_a_frame(data: bytes) -> bool:
    """Whether a client's last frame ends where the data does, which begins with a frame."""
    position, size = 0, len(data)
    while position + _MASKED_HEAD_BYTES <= size:
        length = data[position + 1] & _LENGTH_BITS
        if length == _MEDIUM:
            length = 2 + int.from_bytes(data[position + 2 : position + 4], "big")
        elif length == _LONG:
            length = 8 + int.from_bytes(data[position + 2 : position + 10], "big")
        position += _MASKED_HEAD_BYTES + length
    return position == size
