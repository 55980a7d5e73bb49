"""GraphQL over server-sent events: who may open a stream, and how all end at shutdown."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from domain.accounts import AccessClaims, AccessTokens
from domain.errors import LimitExceeded
from domain.ports import Clock
from graph.operation import GraphRequest, GraphResponse, OperationType
from web.graph_gateway import GraphGateway
from web.http.event_stream import EventStream, StreamLimits, server_restarts
from web.http.graph_requests import Refused, mutation_by_get, read_graph_request, signed_in
from web.http.media_types import EVENT_STREAM, JSON, takes_event_stream
from web.http.metrics import SSE_CONNECTIONS
from web.http.origins import OriginPolicy
from web.persisted_documents import PersistedDocuments, is_browser
from web.quotas import Quotas, owner_of

_METHODS: Final = frozenset({"GET", "POST"})
# A few streams need no spreading.
_PAUSE_SECONDS_MAX: Final = 0.02
_RETRY_SECONDS: Final = "2"


@dataclass(slots=True, kw_only=True)
class GraphQLOverEventStream:
    """The ASGI application at /graphql/stream, in graphql-sse's distinct connections mode.

    Operations of every type are answered with a stream. What keeps a request from being
    understood at all, or its sender from being served, is answered with an HTTP status.
    """

    graph: GraphGateway
    documents: PersistedDocuments
    tokens: AccessTokens
    clock: Clock
    origins: OriginPolicy
    quotas: Quotas
    max_body_bytes: int
    max_streams: int
    limits: StreamLimits = field(default_factory=StreamLimits)
    is_draining: bool = field(default=False, init=False)
    _streams: set[EventStream] = field(default_factory=set, init=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        stream = EventStream(receive, send, graph=self.graph, limits=self.limits)
        try:
            self._require_welcome(request)
            claims = signed_in(request, self.tokens)
            operation = await self._operation(request)
            owner = owner_of(claims, request.client)
            self._enter(owner)
        except Refused as refusal:
            await refusal.as_http(JSON)(scope, receive, send)
            return
        self._streams.add(stream)
        try:
            with SSE_CONNECTIONS.track_inprogress():
                await stream.serve(operation, claims, seconds=self._seconds_left(claims))
        finally:
            self._streams.discard(stream)
            self.quotas.leave(owner)

    async def drain(self, *, spread_seconds: float) -> None:
        """Refuse new streams and end the present ones, spread over up to this time."""
        self.is_draining = True
        streams = list(self._streams)
        random.shuffle(streams)
        pause_seconds = min(_PAUSE_SECONDS_MAX, spread_seconds / max(1, len(streams)))
        for stream in streams:
            stream.end_soon(server_restarts())
            await asyncio.sleep(pause_seconds)

    def _require_welcome(self, request: Request) -> None:
        if request.method not in _METHODS:
            raise Refused(
                405, "METHOD_NOT_ALLOWED", "Use POST, or GET.", headers={"allow": "GET, POST"}
            )
        if not takes_event_stream(",".join(request.headers.getlist("accept"))):
            raise Refused(406, "NOT_ACCEPTABLE", f"This answers with {EVENT_STREAM}.")
        if not self.origins.admits(request.headers):
            raise Refused(403, "FORBIDDEN", "Pages of this origin may not connect.")
        if self.is_draining or len(self._streams) >= self.max_streams:
            raise _later(503, "UNAVAILABLE", "No more streams for now.")

    async def _operation(
        self, request: Request
    ) -> tuple[GraphRequest, OperationType] | GraphResponse:
        """What to run, or the response that says why nothing can be."""
        graph = await self.documents.resolve(
            await read_graph_request(request, limit_bytes=self.max_body_bytes),
            is_browser=is_browser(request.headers),
        )
        if isinstance(graph, GraphResponse):
            return graph
        kind = self.graph.operation_type(graph)
        if isinstance(kind, GraphResponse):
            return kind
        if request.method == "GET" and kind is OperationType.MUTATION:
            raise mutation_by_get()
        return graph, kind

    def _enter(self, owner: str) -> None:
        try:
            quota = self.quotas.enter(owner)
        except LimitExceeded as error:
            raise _later(429, "RATE_LIMITED", str(error)) from None
        if not quota.take_operation():
            self.quotas.leave(owner)
            raise _later(429, "RATE_LIMITED", "Too many operations in a short time.")

    def _seconds_left(self, claims: AccessClaims | None) -> float | None:
        if claims is None:
            return None
        return (claims.expires_at - self.clock.now()).total_seconds()


def _later(status: int, code: str, message: str) -> Refused:
    return Refused(status, code, message, headers={"retry-after": _RETRY_SECONDS})
