"""A name for every request, which logs, answers and error reports share."""

import re
from contextvars import ContextVar
from random import getrandbits
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What a proxy in front may send; anything else would be forged log lines.
_ACCEPTABLE: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_current: ContextVar[str | None] = ContextVar("request_id", default=None)


def current_request_id() -> str | None:
    """The id of the request this code works for, or None outside any."""
    return _current.get()


class RequestIds:
    """Takes `x-request-id` from the request or makes one, and answers with it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its id."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _ACCEPTABLE.fullmatch(given) else _new_request_id()

        async def send_with_id(message: Message) -> None:
            if message["type"] in {"http.response.start", "websocket.accept"}:
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        token = _current.set(request_id)
        try:
            await self._app(scope, receive, send_with_id)
        finally:
            _current.reset(token)


def _new_request_id() -> str:
    # Names must be distinct, not secret: the system's randomness would cost a call of it.
    return f"{getrandbits(128):032x}"
