"""A name for every request, which logs, answers and error reports share."""

import re
from random import getrandbits
from typing import Final

from infra.telemetry.request_scope import current_request_id

__all__ = ["current_request_id", "request_id_from"]

# What a proxy in front may send; anything else would be forged log lines.
_ACCEPTABLE: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


def request_id_from(given: str | None) -> str:
    """The id a proxy gave, if it is fit to be one, or a new one."""
    return given if given and _ACCEPTABLE.fullmatch(given) else _new_request_id()


def _new_request_id() -> str:
    # Names must be distinct, not secret: the system's randomness would cost a call of it.
    return f"{getrandbits(128):032x}"
