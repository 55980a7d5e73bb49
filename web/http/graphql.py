"""GraphQL over HTTP, after the specification of that name."""

from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from domain.accounts import AccessClaims, AccessTokens
from graph.deadline import Deadline
from graph.operation import GraphResponse, OperationType
from web.graph_gateway import (
    EXECUTION_TIMEOUT_SECONDS,
    GraphGateway,
    error_code,
    error_response,
)
from web.http.graph_requests import Refused, mutation_by_get, read_graph_request, signed_in
from web.http.media_types import GRAPHQL_RESPONSE, JSON, negotiate, takes_event_stream
from web.http.unexpected_errors import report_unexpected
from web.persisted_documents import PersistedDocuments, is_browser

_ALLOWED_BY_METHOD: Final = {
    "GET": frozenset({OperationType.QUERY}),
    "POST": frozenset({OperationType.QUERY, OperationType.MUTATION}),
}
_HEADERS_BY_MEDIA_TYPE: Final = {
    media_type: (
        (b"content-type", f"{media_type}; charset=utf-8".encode()),
        (b"cache-control", b"no-store"),
        (b"vary", b"accept, authorization"),
    )
    for media_type in (JSON, GRAPHQL_RESPONSE)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLOverHttp:
    """The ASGI application at /graphql for POST and, for queries only, GET."""

    graph: GraphGateway
    tokens: AccessTokens
    documents: PersistedDocuments
    max_body_bytes: int
    # Answers who takes an event stream and no JSON; None where there are no streams.
    event_streams: ASGIApp | None = None
    execution_timeout_seconds: float = field(default=EXECUTION_TIMEOUT_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        accept = ",".join(request.headers.getlist("accept"))
        media_type = negotiate(accept)
        if media_type is None and self.event_streams is not None and takes_event_stream(accept):
            await self.event_streams(scope, receive, send)
            return
        response = await self._respond(request, media_type)
        await response(scope, receive, send)

    async def _respond(self, request: Request, media_type: str | None) -> ASGIApp:
        try:
            response, status = await self._answer(request, media_type)
        except Refused as refusal:
            return refusal.as_http(media_type or JSON)
        except Exception as error:  # noqa: BLE001 - a bug must not end without an answer
            status, error_id = 500, report_unexpected(error)
            response = error_response(
                "Something went wrong on our side.", "INTERNAL", errorId=error_id
            )
        return _Answer(media_type or JSON, status, response.as_bytes())

    async def _answer(self, request: Request, media_type: str | None) -> tuple[GraphResponse, int]:
        if request.method not in _ALLOWED_BY_METHOD:
            raise Refused(
                405,
                "METHOD_NOT_ALLOWED",
                "Use POST, or GET for queries.",
                headers={"allow": "GET, POST"},
            )
        if media_type is None:
            raise Refused(406, "NOT_ACCEPTABLE", f"This answers with {GRAPHQL_RESPONSE} or {JSON}.")
        return await self._execute(request, signed_in(request, self.tokens), media_type)

    async def _execute(
        self, request: Request, claims: AccessClaims | None, media_type: str
    ) -> tuple[GraphResponse, int]:
        graph = await self.documents.resolve(
            await read_graph_request(request, limit_bytes=self.max_body_bytes),
            is_browser=is_browser(request.headers),
        )
        if isinstance(graph, GraphResponse):
            return graph, _status(graph, media_type)
        if request.method == "GET" and self.graph.operation_type(graph) is OperationType.MUTATION:
            raise mutation_by_get()
        try:
            with Deadline(self.execution_timeout_seconds):
                response = await self.graph.execute(
                    graph, claims, allowed=_ALLOWED_BY_METHOD[request.method]
                )
        except TimeoutError:
            raise Refused(503, "UNAVAILABLE", "The operation took too long.") from None
        return response, _status(response, media_type)


def _status(response: GraphResponse, media_type: str) -> int:
    """The status of a well-formed request: application/json has 200 for every GraphQL response."""
    if not response.is_request_error:
        return 200
    if error_code(response) == "OPERATION_NOT_ALLOWED":
        return 400
    return 200 if media_type == JSON else 400


@dataclass(frozen=True, slots=True)
class _Answer:
    """A response with the headers every answer has, which are encoded once."""

    media_type: str
    status: int
    body: bytes

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        length = (b"content-length", str(len(self.body)).encode())
        headers = [*_HEADERS_BY_MEDIA_TYPE[self.media_type], length]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})
