"""Bugs: logged with an id that the client is told, and nothing else."""

import logging
from uuid import uuid4

import orjson
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.http.request_ids import current_request_id

_LOG = logging.getLogger(__name__)


def report_unexpected(error: Exception) -> str:
    """Log the error with its trace; return the id it can be found by."""
    error_id = uuid4().hex
    _LOG.error("unexpected error %s in request %s", error_id, current_request_id(), exc_info=error)
    return error_id


class UnexpectedErrors:
    """Answers 500 with an error id where the application raised."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; report and answer what it raises."""
        has_started = False

        async def send_noting_start(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._app(scope, receive, send_noting_start)
        except Exception as error:
            error_id = report_unexpected(error)
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1011, "reason": error_id})
            elif has_started:
                # Half an answer is out: only breaking the connection tells that it is no whole one.
                raise
            else:
                await _internal_error(error_id)(scope, receive, send)


def _internal_error(error_id: str) -> Response:
    error = {
        "code": "INTERNAL",
        "message": "Something went wrong on our side.",
        "errorId": error_id,
    }
    return Response(orjson.dumps({"error": error}), status_code=500, media_type="application/json")
