"""IDs of the API ↔ identifiers of the domain."""

from uuid import UUID

import strawberry
from asyncpg.pgproto import pgproto

from domain.errors import InvalidInput


def decode_id(value: strawberry.ID | str, *field: str) -> UUID:
    """The identifier; raise InvalidInput at the field when the text is not a UUID."""
    try:
        # Of the driver's own class, as those that come from the database: made and sent by C.
        return pgproto.UUID(value)
    except ValueError:
        return _decode_unusual(value, field)


def _decode_unusual(value: str, field: tuple[str, ...]) -> UUID:
    """What else Python takes for one: in braces, or as a URN."""
    try:
        return UUID(value)
    except ValueError as error:
        raise InvalidInput("Not an ID: must be a UUID.", field=field) from error
