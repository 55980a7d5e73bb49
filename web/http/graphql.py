"""GraphQL over HTTP, after the specification of that name."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from domain.accounts import AccessClaims, AccessTokens
from domain.errors import Unauthenticated
from domain.events import JsonValue
from graph.operation import GraphRequest, GraphResponse, OperationType
from web.graph_gateway import (
    EXECUTION_TIMEOUT_SECONDS,
    GraphGateway,
    MalformedRequest,
    error_code,
    error_response,
    graph_request,
    verify_bearer,
)
from web.http.bodies import UnreadableBody, read_json
from web.http.media_types import GRAPHQL_RESPONSE, JSON, negotiate
from web.http.unexpected_errors import report_unexpected
from web.persisted_documents import PersistedDocuments, is_browser

_ALLOWED_BY_METHOD: Final = {
    "GET": frozenset({OperationType.QUERY}),
    "POST": frozenset({OperationType.QUERY, OperationType.MUTATION}),
}
_PARAMETERS: Final = ("query", "operationName", "variables", "extensions")


class _Refused(Exception):
    """The request is answered without being executed."""

    def __init__(
        self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.response = error_response(message, code)
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLOverHttp:
    """The ASGI application at /graphql for POST and, for queries only, GET."""

    graph: GraphGateway
    tokens: AccessTokens
    documents: PersistedDocuments
    max_body_bytes: int
    execution_timeout_seconds: float = field(default=EXECUTION_TIMEOUT_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        media_type = negotiate(",".join(request.headers.getlist("accept")))
        try:
            response, status = await self._answer(request, media_type)
        except _Refused as refusal:
            return _response(
                media_type or JSON, refusal.response, refusal.status, headers=refusal.headers
            )
        except Exception as error:  # noqa: BLE001 - a bug must not end without an answer
            status, error_id = 500, report_unexpected(error)
            response = error_response(
                "Something went wrong on our side.", "INTERNAL", errorId=error_id
            )
        return _response(media_type or JSON, response, status)

    async def _answer(self, request: Request, media_type: str | None) -> tuple[GraphResponse, int]:
        if request.method not in _ALLOWED_BY_METHOD:
            raise _Refused(
                405,
                "METHOD_NOT_ALLOWED",
                "Use POST, or GET for queries.",
                headers={"allow": "GET, POST"},
            )
        if media_type is None:
            raise _Refused(
                406, "NOT_ACCEPTABLE", f"This answers with {GRAPHQL_RESPONSE} or {JSON}."
            )
        return await self._execute(request, self._claims(request), media_type)

    def _claims(self, request: Request) -> AccessClaims | None:
        """Who is signed in; None for nobody. A bad token is refused rather than passed over."""
        values = request.headers.getlist("authorization")
        if not values:
            return None
        try:
            return verify_bearer(", ".join(values), self.tokens)
        except Unauthenticated as error:
            raise _Refused(
                401, error.code, str(error), headers={"www-authenticate": "Bearer"}
            ) from error

    async def _execute(
        self, request: Request, claims: AccessClaims | None, media_type: str
    ) -> tuple[GraphResponse, int]:
        graph = await self.documents.resolve(
            await self._graph_request(request), is_browser=is_browser(request.headers)
        )
        if isinstance(graph, GraphResponse):
            return graph, _status(graph, media_type)
        if request.method == "GET" and self.graph.operation_type(graph) is OperationType.MUTATION:
            raise _Refused(
                405, "METHOD_NOT_ALLOWED", "Send mutations by POST.", headers={"allow": "POST"}
            )
        try:
            async with asyncio.timeout(self.execution_timeout_seconds):
                response = await self.graph.execute(
                    graph, claims, allowed=_ALLOWED_BY_METHOD[request.method]
                )
        except TimeoutError:
            raise _Refused(503, "UNAVAILABLE", "The operation took too long.") from None
        return response, _status(response, media_type)

    async def _graph_request(self, request: Request) -> GraphRequest:
        try:
            if request.method == "GET":
                return graph_request(_url_members(request))
            return graph_request(await read_json(request, limit_bytes=self.max_body_bytes))
        except UnreadableBody as error:
            # What is left of the body can't be told from a next request.
            raise _Refused(
                error.status, error.code, error.message, headers={"connection": "close"}
            ) from error
        except MalformedRequest as error:
            raise _Refused(400, "BAD_USER_INPUT", str(error)) from error


def _url_members(request: Request) -> dict[str, JsonValue]:
    members: dict[str, JsonValue] = {}
    for name in _PARAMETERS:
        values = request.query_params.getlist(name)
        if len(values) > 1:
            raise MalformedRequest(f"'{name}' is given more than once.")
        # Empty is absent, in an address.
        if values and values[0]:
            members[name] = values[0]
    for name in ("variables", "extensions"):
        value = members.get(name)
        if isinstance(value, str):
            try:
                members[name] = orjson.loads(value)
            except orjson.JSONDecodeError as error:
                raise MalformedRequest(f"'{name}' is not JSON: {error}.") from None
    return members


def _status(response: GraphResponse, media_type: str) -> int:
    """The status of a well-formed request: application/json has 200 for every GraphQL response."""
    if not response.is_request_error:
        return 200
    if error_code(response) == "OPERATION_NOT_ALLOWED":
        return 400
    return 200 if media_type == JSON else 400


def _response(
    media_type: str,
    response: GraphResponse,
    status: int,
    *,
    headers: Mapping[str, str] | None = None,
) -> Response:
    return Response(
        response.as_bytes(),
        status_code=status,
        headers={
            "content-type": f"{media_type}; charset=utf-8",
            "cache-control": "no-store",
            "vary": "accept, authorization",
            **(headers or {}),
        },
    )
