"""One answer of server-sent events, after graphql-sse's distinct connections mode."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

import orjson
from starlette.types import Receive, Send

from domain.accounts import AccessClaims
from graph.operation import GraphRequest, GraphResponse, OperationType
from web.graph_gateway import EXECUTION_TIMEOUT_SECONDS, GraphGateway, error_response
from web.http.media_types import EVENT_STREAM
from web.http.unexpected_errors import report_unexpected

# The empty data line makes browsers dispatch the event.
COMPLETE: Final = b"event: complete\ndata:\n\n"
_COMMENT: Final = b":\n\n"
_HEADERS: Final = (
    (b"content-type", EVENT_STREAM.encode()),
    (b"cache-control", b"no-store"),
    (b"vary", b"accept, authorization"),
    # nginx would hold events back until it has a page of them.
    (b"x-accel-buffering", b"no"),
)
# Responses that wait in memory are written without a pause for anybody else.
_WRITES_IN_A_ROW: Final = 16
# What a browser's EventSource waits before it comes back after a restart.
_RETRY_MS: Final = (500, 5_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """What one stream may take."""

    # Proxies cut idle connections at 60 s; a comment goes out after one or two of these.
    keep_alive_seconds: float = 15.0
    execution_seconds: float = EXECUTION_TIMEOUT_SECONDS
    closing_seconds: float = 5.0


class EndStream(Exception):
    """The stream ends with these bytes, and without what it would have told."""

    def __init__(self, last: bytes) -> None:
        super().__init__(last.decode())
        self.last = last


class _Disconnected(Exception):
    """The client has gone."""


def token_expired() -> EndStream:
    """The end of a stream whose access token is no longer good."""
    response = error_response("Token expired", "UNAUTHENTICATED")
    return EndStream(next_event(response) + COMPLETE)


def server_restarts() -> EndStream:
    """The end of a stream of a server that stops: not complete, so that clients come back."""
    return EndStream(b"retry: %d\n\n" % random.randint(*_RETRY_MS))  # noqa: S311 - a spread, no secret


def next_event(response: GraphResponse) -> bytes:
    """One result; JSON holds no line end, so it is one line of data."""
    return b"event: next\ndata: " + orjson.dumps(response.as_json()) + b"\n\n"


class EventStream:
    """Answers one request with the results of its operation until either side ends it.

    It holds no results of its own: while the client does not read, sending waits, and so
    does the subscription, whose queue is bounded by the live hub.
    """

    def __init__(
        self, receive: Receive, send: Send, *, graph: GraphGateway, limits: StreamLimits
    ) -> None:
        self._receive = receive
        self._send = send
        self._graph = graph
        self._limits = limits
        self._is_sending = False
        self._was_idle = False
        self._written = 0
        self._is_watching = False
        self._deadline = asyncio.timeout(None)
        # Why it ends when the deadline passes, if that is not the token.
        self._ending: EndStream | None = None

    async def serve(
        self,
        operation: tuple[GraphRequest, OperationType] | GraphResponse,
        claims: AccessClaims | None,
        *,
        seconds: float | None,
    ) -> None:
        """Run the operation, or tell why it can't be; the token is good for so many seconds."""
        self._deadline = asyncio.timeout(seconds)
        await self._send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        last = b""
        is_connected = True
        try:
            async with asyncio.TaskGroup() as tasks:
                helpers = [
                    tasks.create_task(self._watch()),
                    tasks.create_task(self._keep_alive()),
                ]
                # Proxies and clients learn at once that the stream is there.
                await self._write(_COMMENT)
                last = await self._run(operation, claims)
                for helper in helpers:
                    helper.cancel()
        except* _Disconnected:
            is_connected = False
        except* EndStream as group:
            last = next(e.last for e in group.exceptions if isinstance(e, EndStream))
        if is_connected:
            await self._finish(last)

    def end_soon(self, ending: EndStream) -> None:
        """Make the stream end so, unless it ends already."""
        self._ending = ending
        if self._is_watching and not self._deadline.expired():
            self._deadline.reschedule(asyncio.get_running_loop().time())

    async def _watch(self) -> None:
        """Raise when the client has gone or the time is up."""
        if self._ending is not None:
            raise self._ending
        try:
            async with self._deadline:
                self._is_watching = True
                while (await self._receive())["type"] != "http.disconnect":
                    pass
                raise _Disconnected
        except TimeoutError:
            raise self._reason() from None
        finally:
            self._is_watching = False

    def _reason(self) -> EndStream:
        return self._ending or token_expired()

    async def _keep_alive(self) -> None:
        while True:
            self._was_idle = True
            await asyncio.sleep(self._limits.keep_alive_seconds)
            if self._was_idle and not self._is_sending:
                await self._write(_COMMENT)

    async def _run(
        self,
        operation: tuple[GraphRequest, OperationType] | GraphResponse,
        claims: AccessClaims | None,
    ) -> bytes:
        """Run the operation; return the bytes that end it."""
        try:
            if isinstance(operation, GraphResponse):
                return next_event(operation) + COMPLETE
            request, kind = operation
            if kind is not OperationType.SUBSCRIPTION:
                return next_event(await self._execute(request, claims, kind)) + COMPLETE
            started = await self._graph.subscribe(request, claims)
            if isinstance(started, GraphResponse):
                return next_event(started) + COMPLETE
            await self._forward(started)
        except Exception as error:  # noqa: BLE001 - the client is told of a bug by its id
            response = error_response(
                "Something went wrong on our side.", "INTERNAL", errorId=report_unexpected(error)
            )
            return next_event(response) + COMPLETE
        return COMPLETE

    async def _execute(
        self, request: GraphRequest, claims: AccessClaims | None, kind: OperationType
    ) -> GraphResponse:
        try:
            async with asyncio.timeout(self._limits.execution_seconds):
                return await self._graph.execute(request, claims, allowed=frozenset({kind}))
        except TimeoutError:
            return error_response("The operation took too long.", "UNAVAILABLE")

    async def _forward(self, responses: AsyncGenerator[GraphResponse, None]) -> None:
        async with aclosing(responses):
            async for response in responses:
                await self._write(next_event(response))

    async def _write(self, chunk: bytes) -> None:
        self._was_idle = False
        self._is_sending = True
        await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
        self._is_sending = False
        self._written += 1
        if self._written % _WRITES_IN_A_ROW == 0:
            await asyncio.sleep(0)

    async def _finish(self, last: bytes) -> None:
        """Send the end to a client that may not be reading."""
        try:
            async with asyncio.timeout(self._limits.closing_seconds):
                await self._send({"type": "http.response.body", "body": last, "more_body": False})
        except TimeoutError:
            # It can't be told; the server drops a connection that is not read.
            return
