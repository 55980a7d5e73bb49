"""A GraphQL request and what became of it, independent of the transport."""

from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

import orjson

from domain.events import Cursor, JsonValue

JsonObject: TypeAlias = dict[str, JsonValue]


def sendable(text: str) -> str:
    """The text as a response can carry it: an unpaired surrogate has no form in UTF-8."""
    return text if text.isascii() else text.encode(errors="replace").decode()


class OperationType(Enum):
    """What an operation does."""

    QUERY = "query"
    MUTATION = "mutation"
    SUBSCRIPTION = "subscription"


@dataclass(frozen=True, slots=True)
class OperationFacts:
    """What is known of an operation that may be executed, before it is."""

    name: str | None
    type: OperationType
    cost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphRequest:
    """One operation as a client sent it; the shapes of its members have been checked."""

    query: str
    operation_name: str | None = None
    variables: JsonObject = field(default_factory=dict)
    # SHA-256 of a document the server may know, in hex; `query` may be empty then.
    document_hash: str | None = None
    # The same for a document of the client's build; `query` is what to run if it is not known.
    document_id: str | None = None
    # What the client has seen of its projects: reads must be as new.
    read_after: tuple[Cursor, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphResponse:
    """Data and errors as JSON-ready values.

    `is_request_error` tells that execution never began (syntax, validation,
    variables): such a response has no `data` entry at all. Where `encoded` is given, it is
    the whole response as JSON.
    """

    data: JsonObject | None
    errors: tuple[JsonObject, ...] = ()
    extensions: JsonObject | None = None
    is_request_error: bool = False
    encoded: bytes | None = None

    def as_json(self) -> JsonObject:
        """The response map of the GraphQL specification."""
        if self.encoded is not None:
            decoded: JsonObject = orjson.loads(self.encoded)
            return decoded
        body: JsonObject = {}
        if self.errors:
            body["errors"] = list(self.errors)
        if not self.is_request_error:
            body["data"] = self.data
        if self.extensions:
            body["extensions"] = self.extensions
        return body

    def as_bytes(self) -> bytes:
        """The same as JSON in UTF-8."""
        return orjson.dumps(self.as_json()) if self.encoded is None else self.encoded
