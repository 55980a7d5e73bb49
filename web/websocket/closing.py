"""Reasons to end a websocket, by the codes of graphql-transport-ws and RFC 6455."""

from enum import IntEnum
from typing import Final

# RFC 6455: a control frame holds 125 bytes, two of them the code.
_REASON_BYTES_MAX: Final = 123


class CloseCode(IntEnum):
    """Why this server closes. Clients of graphql-ws come back after those below 4000 and 4403."""

    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INITIALISATION_TIMEOUT = 4408
    SUBSCRIBER_EXISTS = 4409
    TOO_MANY_INITIALISATIONS = 4429


class CloseConnection(Exception):
    """The connection ends with this code and reason."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(f"{code.value} {reason}")
        self.code = code
        # Cut at a character, not within one.
        self.reason = reason.encode()[:_REASON_BYTES_MAX].decode(errors="ignore")
