"""What the transports need of the graph, and the shapes requests must have to get there."""

import re
from collections.abc import AsyncGenerator, Mapping
from typing import Final, Protocol

from graphql import GraphQLError

from domain.accounts import AccessClaims, AccessTokens
from domain.errors import Unauthenticated
from domain.events import Cursor, JsonValue
from graph.operation import GraphRequest, GraphResponse, JsonObject, OperationType
from graph.scalars import decode_cursor

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
# As many projects as somebody changes within a replica's lag, and more.
_READ_AFTER_MAX: Final = 10
# The graph gives up by itself before; this bounds what it does not.
EXECUTION_TIMEOUT_SECONDS: Final = 35.0


class GraphGateway(Protocol):
    """Executes operations for whoever is signed in. Raises nothing but CancelledError."""

    def operation_type(self, request: GraphRequest) -> OperationType | GraphResponse:
        """Which operation would run, or the request error that says why none would."""
        ...

    async def execute(
        self,
        request: GraphRequest,
        claims: AccessClaims | None,
        *,
        allowed: frozenset[OperationType],
    ) -> GraphResponse:
        """The response to a query or mutation; other types of operation are a request error."""
        ...

    async def subscribe(
        self, request: GraphRequest, claims: AccessClaims | None
    ) -> AsyncGenerator[GraphResponse, None] | GraphResponse:
        """The responses to a subscription, or the one that says why it could not start."""
        ...


class MalformedRequest(Exception):
    """A request's members are not what GraphQL needs."""


def graph_request(members: JsonValue) -> GraphRequest:
    """The request in a decoded body or message; raise MalformedRequest naming what is wrong.

    Members nobody knows are passed over, as the specification wants.
    """
    if not isinstance(members, Mapping):
        raise MalformedRequest("The request must be an object with a 'query'.")
    extensions = members.get("extensions")
    if extensions is not None and not isinstance(extensions, Mapping):
        raise MalformedRequest("'extensions' must be an object or null.")
    document_hash = _document_hash(extensions or {})
    query = members.get("query", "" if document_hash else None)
    if not isinstance(query, str):
        raise MalformedRequest("'query' must be a string.")
    operation_name = members.get("operationName")
    if operation_name is not None and not isinstance(operation_name, str):
        raise MalformedRequest("'operationName' must be a string or null.")
    variables = members.get("variables")
    if variables is not None and not isinstance(variables, Mapping):
        raise MalformedRequest("'variables' must be an object or null.")
    return GraphRequest(
        query=query,
        operation_name=operation_name,
        variables=dict(variables or {}),
        document_hash=document_hash,
        document_id=_document_id(extensions or {}),
        read_after=_read_after(extensions or {}),
    )


def _read_after(extensions: Mapping[str, JsonValue]) -> tuple[Cursor, ...]:
    """The positions that what is read must have reached; none where none is named."""
    told = extensions.get("readAfter")
    if told is None:
        return ()
    if not isinstance(told, list) or len(told) > _READ_AFTER_MAX:
        raise MalformedRequest(
            f"'extensions.readAfter' must be a list of at most {_READ_AFTER_MAX} cursors."
        )
    try:
        return tuple(map(decode_cursor, told))
    except GraphQLError as error:
        raise MalformedRequest(f"'extensions.readAfter': {error.message}") from None


def _document_id(extensions: Mapping[str, JsonValue]) -> str | None:
    """The hash of a trusted document, sent along with its text; None without one."""
    document_id = extensions.get("documentId")
    if document_id is None:
        return None
    if not isinstance(document_id, str) or not _SHA256.fullmatch(document_id):
        raise MalformedRequest("'extensions.documentId' must be 64 lower-case hex digits.")
    return document_id


def _document_hash(extensions: Mapping[str, JsonValue]) -> str | None:
    """The hash of a persisted document, as Apollo's clients send it; None without one."""
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return None
    if not isinstance(persisted, Mapping) or persisted.get("version") != 1:
        raise MalformedRequest("'extensions.persistedQuery' must be an object of version 1.")
    document_hash = persisted.get("sha256Hash")
    if not isinstance(document_hash, str) or not _SHA256.fullmatch(document_hash):
        raise MalformedRequest(
            "'extensions.persistedQuery.sha256Hash' must be 64 lower-case hex digits."
        )
    return document_hash


def verify_bearer(authorization: str, tokens: AccessTokens) -> AccessClaims:
    """What the token of an Authorization value says; raise Unauthenticated."""
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Authorization must be 'Bearer' and an access token.")
    return tokens.verify(token.strip())


def error_object(message: str, code: str, **extensions: JsonValue) -> JsonObject:
    """An error as GraphQL responses carry it."""
    return {"message": message, "extensions": {"code": code, **extensions}}


def error_response(message: str, code: str, **extensions: JsonValue) -> GraphResponse:
    """A response that says that the request was not executed."""
    return GraphResponse(
        data=None, errors=(error_object(message, code, **extensions),), is_request_error=True
    )


def error_code(response: GraphResponse) -> JsonValue:
    """The code of the first error, or None when there is none."""
    extensions = response.errors[0].get("extensions") if response.errors else None
    return extensions.get("code") if isinstance(extensions, Mapping) else None
