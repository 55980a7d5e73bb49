"""What every request passes first: it gets its id, is measured, and begins or goes on a trace."""

from contextlib import AbstractContextManager
from time import perf_counter_ns
from typing import Final

from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.metrics import HTTP_REQUEST_SECONDS, HTTP_REQUESTS
from infra.telemetry.request_scope import CURRENT_REQUEST, RequestScope, Transport
from infra.telemetry.tally import CountTally, ObservationTally, Tallies
from infra.telemetry.telemetry import Telemetry
from infra.telemetry.tracing import Tracing
from web.http.request_ids import request_id_from

_NS: Final = 1e-9
# The client's files have too many paths to tell them apart.
_STATIC: Final = "static"
_STREAM_PATH: Final = "/graphql/stream"
_METHODS: Final = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"})
# Whoever asked left before there was an answer.
_NO_ANSWER: Final = 499


class RequestTelemetry:
    """Takes `x-request-id` from the request or makes one, and answers with it.

    A request is measured until its answer begins: a stream's end is its reader's affair.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._routes = _RouteNames()
        self._tallies = Tallies()
        self._tracing: Tracing | None = None
        self._counts: dict[tuple[str, str, int], tuple[CountTally, ObservationTally]] = {}
        self._is_joined = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its id."""
        kind = scope["type"]
        if kind not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        if not self._is_joined:
            self._join(scope)
        transport: Transport = "websocket"
        if kind == "http":
            transport = "sse" if scope["path"] == _STREAM_PATH else "http"
        request = RequestScope(request_id_from(_header(scope, b"x-request-id")), transport)
        token = CURRENT_REQUEST.set(request)
        try:
            if kind == "websocket":
                await self._app(scope, receive, _naming(send, request.request_id))
            else:
                await self._measured(scope, receive, send, request.request_id)
        finally:
            CURRENT_REQUEST.reset(token)

    async def _measured(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        started_ns = perf_counter_ns()
        status = 0
        id_header = (b"x-request-id", request_id.encode())

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), id_header]
                status = message["status"]
                self._count(scope, status, started_ns)
            await send(message)

        try:
            if self._tracing is None:
                await self._app(scope, receive, send_with_id)
            else:
                with self._span(self._tracing, scope):
                    await self._app(scope, receive, send_with_id)
        finally:
            if not status:
                self._count(scope, _NO_ANSWER, started_ns)

    def _count(self, scope: Scope, status: int, started_ns: int) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        key = (method, self._routes.name(scope), status)
        known = self._counts.get(key)
        if known is None:
            route = key[1]
            known = self._counts[key] = (
                self._tallies.count(HTTP_REQUESTS, method, route, str(status)),
                self._tallies.observations(HTTP_REQUEST_SECONDS, method, route, unit=_NS),
            )
        count, seconds = known
        count.count += 1
        seconds.observe(perf_counter_ns() - started_ns)

    def _span(self, tracing: Tracing, scope: Scope) -> AbstractContextManager[object]:
        method, route = scope["method"], self._routes.name(scope)
        return tracing.request(
            f"{method} {route}",
            _header(scope, b"traceparent"),
            {"http.request.method": method, "http.route": route},
        )

    def _join(self, scope: Scope) -> None:
        """Take part in the telemetry of the application's lifespan, which is open by now."""
        self._is_joined = True
        telemetry: Telemetry | None = getattr(scope["app"].state, "telemetry", None)
        if telemetry is not None:
            self._tallies = telemetry.tallies
            self._tracing = telemetry.tracing


class _RouteNames:
    """The templates of routes: few, however many paths there are."""

    def __init__(self) -> None:
        self._name_by_path: dict[str, str] = {}
        self._patterns: list[Route] = []
        self._is_ready = False

    def name(self, scope: Scope) -> str:
        """The template of the route that the request takes."""
        if not self._is_ready:
            self._read(scope)
        known = self._name_by_path.get(scope["path"])
        if known is not None:
            return known
        for route in self._patterns:
            if route.matches(scope)[0] is not Match.NONE:
                return route.path
        return _STATIC

    def _read(self, scope: Scope) -> None:
        self._is_ready = True
        for route in scope["app"].routes:
            if not isinstance(route, Route) or route.path == "/{path:path}":
                continue
            if route.param_convertors:
                self._patterns.append(route)
            else:
                self._name_by_path[route.path] = route.path


def _header(scope: Scope, name: bytes) -> str | None:
    for key, value in scope["headers"]:
        if key == name:
            text: str = value.decode("latin-1")
            return text
    return None


def _naming(send: Send, request_id: str) -> Send:
    """What sends the same, and the id with the answer to a websocket's request."""

    async def send_with_id(message: Message) -> None:
        if message["type"] in {"websocket.accept", "websocket.http.response.start"}:
            id_header = (b"x-request-id", request_id.encode())
            message["headers"] = [*message.get("headers", ()), id_header]
        await send(message)

    return send_with_id
