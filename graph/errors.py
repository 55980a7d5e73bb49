"""Errors as clients get them: a stable code each, and nothing of our insides."""

import logging
from collections.abc import Sequence
from typing import Final
from uuid import uuid4

from graphql import GraphQLError

from domain.errors import AccessError, InvalidInput, Unavailable, UserError
from domain.events import JsonValue
from graph.operation import GraphResponse, JsonObject, sendable

BAD_USER_INPUT: Final = "BAD_USER_INPUT"
OPERATION_NOT_ALLOWED: Final = "OPERATION_NOT_ALLOWED"
QUERY_TOO_COMPLEX: Final = "QUERY_TOO_COMPLEX"
INTERNAL: Final = "INTERNAL"

# graphql-core's messages quote what they complain of, whatever its length.
_MESSAGE_CHARACTERS_MAX: Final = 1_000
# graphql-core's words when a resolver broke its own promise, which no client can mend.
_BROKEN_PROMISES: Final = ("Cannot return null for non-nullable", "Expected Iterable")

_log = logging.getLogger(__name__)


def request_error(errors: Sequence[GraphQLError], code: str = BAD_USER_INPUT) -> GraphResponse:
    """The response to an operation that was never executed."""
    return GraphResponse(
        data=None,
        errors=tuple(_formatted(error, code) for error in errors),
        is_request_error=True,
    )


def execution_errors(errors: Sequence[GraphQLError] | None) -> tuple[JsonObject, ...]:
    """Errors met while executing, as the response carries them."""
    return tuple(_execution_error(error) for error in errors or ())


def raised_error(error: Exception) -> JsonObject:
    """An error that was raised outside any field."""
    return _execution_error(GraphQLError(str(error), original_error=error))


def _execution_error(error: GraphQLError) -> JsonObject:
    cause = error.original_error
    match cause:
        case AccessError():
            return _formatted(error, cause.code)
        case InvalidInput():
            return _formatted(error, BAD_USER_INPUT, field=list(cause.field))
        case UserError():
            return _formatted(error, cause.code.value, field=list(cause.field))
        case None | GraphQLError() if not error.message.startswith(_BROKEN_PROMISES):
            return _formatted(error, BAD_USER_INPUT)
        case Unavailable():
            _log.warning("A dependency is away: %s", cause)
            return _formatted(
                GraphQLError(
                    "A service this needs does not answer. Try again in a moment.",
                    nodes=error.nodes,
                    path=error.path,
                ),
                cause.code,
            )
        case _:
            return _masked(error)


def _masked(error: GraphQLError) -> JsonObject:
    error_id = str(uuid4())
    _log.error(
        "Unexpected error %s at %s", error_id, error.path, exc_info=error.original_error or error
    )
    public = GraphQLError(
        f"Something went wrong on our side. Quote {error_id} when you report it.",
        nodes=error.nodes,
        path=error.path,
    )
    return _formatted(public, INTERNAL, errorId=error_id)


def _formatted(error: GraphQLError, code: str, **extensions: JsonValue) -> JsonObject:
    message = error.message
    if len(message) > _MESSAGE_CHARACTERS_MAX:
        message = message[:_MESSAGE_CHARACTERS_MAX] + "…"
    formatted: JsonObject = {"message": sendable(message)}
    if error.locations:
        formatted["locations"] = [
            {"line": location.line, "column": location.column} for location in error.locations
        ]
    if error.path is not None:
        formatted["path"] = list(error.path)
    told: JsonObject = {name: value for name, value in extensions.items() if value}
    formatted["extensions"] = {"code": code, **told}
    return formatted
