"""Request bodies: read with a limit, and parsed as JSON."""

from typing import Final

import orjson
from starlette.requests import Request

from domain.events import JsonValue
from graph.deadline import Deadline

# A body of the greatest size over a bad mobile link takes less.
_BODY_TIMEOUT_SECONDS: Final = 30.0
_JSON: Final = "application/json"


class UnreadableBody(Exception):
    """The body can't be used; `status` is the HTTP status that says why, `code` its name."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


async def read_json(request: Request, *, limit_bytes: int) -> JsonValue:
    """The request's JSON body; raise UnreadableBody for every way in which it is none."""
    _require_json(request)
    body = await _read(request, limit_bytes)
    try:
        value: JsonValue = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise UnreadableBody(400, "BAD_USER_INPUT", f"The body is not JSON: {error}.") from None
    return value


async def pass_over_body(request: Request, *, limit_bytes: int) -> None:
    """Raise UnreadableBody unless there is no body or a JSON one, whatever that says."""
    is_typed = "content-type" in request.headers
    if is_typed or await _read(request, limit_bytes):
        _require_json(request)


def _require_json(request: Request) -> None:
    headers = request.headers
    # What nearly everybody sends.
    if headers.get("content-type") == _JSON and "content-encoding" not in headers:
        return
    media_type, *parameters = request.headers.get("content-type", "").split(";")
    charsets = [
        value.strip().strip('"').lower()
        for name, _, value in (parameter.partition("=") for parameter in parameters)
        if name.strip().lower() == "charset"
    ]
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if media_type.strip().lower() != _JSON:
        problem = "The body must be application/json."
    elif charsets not in ([], ["utf-8"]):
        problem = "The body must be UTF-8."
    elif encoding != "identity":
        problem = "The body must not be compressed."
    else:
        return
    raise UnreadableBody(415, "UNSUPPORTED_MEDIA_TYPE", problem)


async def _read(request: Request, limit_bytes: int) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit_bytes:
        raise _too_large(limit_bytes)
    parts: list[bytes] = []
    size = 0
    try:
        with Deadline(_BODY_TIMEOUT_SECONDS):
            has_more = True
            while has_more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise UnreadableBody(400, "BAD_USER_INPUT", "The body was cut off.")
                part = message.get("body", b"")
                size += len(part)
                if size > limit_bytes:
                    raise _too_large(limit_bytes)
                if part:
                    parts.append(part)
                has_more = message.get("more_body", False)
    except TimeoutError:
        raise UnreadableBody(408, "REQUEST_TIMEOUT", "The body took too long.") from None
    # One part is all there is, as a rule, and is not copied.
    return b"".join(parts)


def _too_large(limit_bytes: int) -> UnreadableBody:
    return UnreadableBody(
        413, "PAYLOAD_TOO_LARGE", f"The body must have at most {limit_bytes} bytes."
    )
