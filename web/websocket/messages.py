"""The messages of graphql-transport-ws: parsed and checked to the letter, and composed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import orjson

from domain.events import JsonValue
from graph.operation import GraphRequest, GraphResponse
from web.graph_gateway import MalformedRequest, graph_request
from web.websocket.closing import CloseCode, CloseConnection

SUBPROTOCOL: Final = "graphql-transport-ws"
# The protocol leaves it open; every `next` repeats the id.
_ID_CHARACTERS_MAX: Final = 1024


@dataclass(frozen=True, slots=True)
class ConnectionInit:
    """The client introduces itself."""

    authorization: str | None


@dataclass(frozen=True, slots=True)
class Ping:
    """The client asks for a pong, and may hand in a fresh token."""

    authorization: str | None


@dataclass(frozen=True, slots=True)
class Pong:
    """The client is there."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """The client wants an operation executed, of any type."""

    id: str
    request: GraphRequest


@dataclass(frozen=True, slots=True)
class Complete:
    """The client wants no more of an operation."""

    id: str


ClientMessage: TypeAlias = ConnectionInit | Ping | Pong | Subscribe | Complete


def parse_message(text: str) -> ClientMessage:
    """The message in a text frame; raise CloseConnection 4400 naming what is wrong."""
    try:
        members: JsonValue = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _bad("Message is not JSON") from None
    if not isinstance(members, Mapping):
        raise _bad("Message must be an object")
    match members.get("type"):
        case "connection_init":
            return ConnectionInit(_authorization(members))
        case "ping":
            return Ping(_authorization(members))
        case "pong":
            _payload(members)
            return Pong()
        case "subscribe":
            return Subscribe(_id(members), _request(members))
        case "complete":
            return Complete(_id(members))
        case str() as unknown:
            raise _bad(f"Unknown message type {unknown!r}")
        case _:
            raise _bad("Message 'type' must be a string")


def connection_ack() -> str:
    """The answer to a connection_init that was accepted."""
    return '{"type":"connection_ack"}'


def pong() -> str:
    """The answer to a ping. It repeats no payload, which may have carried a token."""
    return '{"type":"pong"}'


def next_message(operation_id: str, response: GraphResponse) -> str:
    """One result of an operation."""
    return _encode({"id": operation_id, "type": "next", "payload": response.as_json()})


def error_message(operation_id: str, response: GraphResponse) -> str:
    """The errors that kept an operation from being executed; nothing follows for its id."""
    return _encode({"id": operation_id, "type": "error", "payload": list(response.errors)})


def complete_message(operation_id: str) -> str:
    """The end of an operation."""
    return _encode({"id": operation_id, "type": "complete"})


def _encode(message: Mapping[str, JsonValue]) -> str:
    # Bytes would become a binary frame, which clients refuse.
    return orjson.dumps(message).decode()


def _bad(reason: str) -> CloseConnection:
    return CloseConnection(CloseCode.BAD_REQUEST, reason)


def _id(members: Mapping[str, JsonValue]) -> str:
    operation_id = members.get("id")
    if not isinstance(operation_id, str) or not operation_id:
        raise _bad("Message 'id' must be a non-empty string")
    if len(operation_id) > _ID_CHARACTERS_MAX:
        raise _bad(f"Message 'id' must have at most {_ID_CHARACTERS_MAX} characters")
    return operation_id


def _payload(members: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    payload = members.get("payload")
    if payload is None:
        return {}
    if not isinstance(payload, Mapping):
        raise _bad("Message 'payload' must be an object")
    return payload


def _request(members: Mapping[str, JsonValue]) -> GraphRequest:
    payload = members.get("payload")
    if not isinstance(payload, Mapping):
        raise _bad("Message 'payload' must be an object")
    try:
        return graph_request(payload)
    except MalformedRequest as error:
        raise _bad(f"Message payload: {error}") from None


def _authorization(members: Mapping[str, JsonValue]) -> str | None:
    # Named like a header, so written like one: in any case.
    values = [v for k, v in _payload(members).items() if k.lower() == "authorization"]
    if not values:
        return None
    if len(values) > 1 or not isinstance(values[0], str):
        raise _bad("Message payload: 'authorization' must be a string")
    return values[0]
