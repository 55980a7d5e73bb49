"""Reading a GraphQL request from HTTP, whatever its answer looks like, and refusing it."""

from collections.abc import Mapping
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from domain.accounts import AccessClaims, AccessTokens
from domain.errors import Unauthenticated
from domain.events import JsonValue
from graph.operation import GraphRequest
from web.graph_gateway import MalformedRequest, error_response, graph_request, verify_bearer
from web.http.bodies import UnreadableBody, read_json

_PARAMETERS: Final = ("query", "operationName", "variables", "extensions")


class Refused(Exception):
    """The request is answered without being executed."""

    def __init__(
        self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.response = error_response(message, code)
        self.headers = dict(headers or {})

    def as_http(self, media_type: str) -> Response:
        """The answer, as JSON of this media type."""
        return Response(
            orjson.dumps(self.response.as_json()),
            status_code=self.status,
            headers={
                "content-type": f"{media_type}; charset=utf-8",
                "cache-control": "no-store",
                "vary": "accept, authorization",
                **self.headers,
            },
        )


def signed_in(request: Request, tokens: AccessTokens) -> AccessClaims | None:
    """Who is signed in; None for nobody. A bad token is refused rather than passed over."""
    values = request.headers.getlist("authorization")
    if not values:
        return None
    try:
        return verify_bearer(", ".join(values), tokens)
    except Unauthenticated as error:
        raise Refused(
            401, error.code, str(error), headers={"www-authenticate": "Bearer"}
        ) from error


async def read_graph_request(request: Request, *, limit_bytes: int) -> GraphRequest:
    """The request in the address of a GET or the body of a POST."""
    try:
        if request.method == "GET":
            return graph_request(_url_members(request))
        return graph_request(await read_json(request, limit_bytes=limit_bytes))
    except UnreadableBody as error:
        # What is left of the body can't be told from a next request.
        raise Refused(
            error.status, error.code, error.message, headers={"connection": "close"}
        ) from error
    except MalformedRequest as error:
        raise Refused(400, "BAD_USER_INPUT", str(error)) from error


def mutation_by_get() -> Refused:
    """The refusal of a mutation in an address: those may be followed, cached and repeated."""
    return Refused(405, "METHOD_NOT_ALLOWED", "Send mutations by POST.", headers={"allow": "POST"})


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
