"""What the code that works for a request may know of it."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, TypeAlias

Transport: TypeAlias = Literal["http", "sse", "websocket"]


@dataclass(frozen=True, slots=True)
class RequestScope:
    """One request: its id, and how it came."""

    request_id: str
    transport: Transport


CURRENT_REQUEST: ContextVar[RequestScope | None] = ContextVar("current_request", default=None)


def current_request_id() -> str | None:
    """The id of the request this code works for, or None outside any."""
    scope = CURRENT_REQUEST.get()
    return None if scope is None else scope.request_id
