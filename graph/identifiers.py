"""IDs of the API ↔ identifiers of the domain."""

from uuid import UUID

import strawberry

from domain.errors import InvalidInput


def decode_id(value: strawberry.ID | str, *field: str) -> UUID:
    """The identifier; raise InvalidInput at the field when the text is not a UUID."""
    try:
        return UUID(value)
    except ValueError as error:
        raise InvalidInput("Not an ID: must be a UUID.", field=field) from error
