"""The custom scalars and their forms on the wire."""

import base64
import binascii
import struct
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

import orjson
import strawberry
from graphql import GraphQLError
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from domain.events import Cursor
from domain.identifiers import ProjectId

_CURSOR: Final = struct.Struct(">16sQ")
# ProjectEvent.seq is an Int, which has 32 bits.
_SEQ_MAX: Final = 2**31 - 1


def encode_cursor(cursor: Cursor) -> str:
    """The 32 opaque characters that stand for a position."""
    packed = _CURSOR.pack(cursor.project_id.bytes, cursor.seq)
    return base64.urlsafe_b64encode(packed).decode()


def decode_cursor(value: object) -> Cursor:
    """The position that 32 characters stand for; raise GraphQLError for anything else."""
    try:
        if not isinstance(value, str):
            raise TypeError("a cursor is a string")  # noqa: TRY301 - one handler for all
        raw = base64.b64decode(value.encode("ascii"), altchars=b"-_", validate=True)
        project_id, seq = _CURSOR.unpack(raw)
    except (TypeError, ValueError, binascii.Error, struct.error) as error:
        raise GraphQLError("Not a cursor. Use one that this API gave you.") from error
    if seq > _SEQ_MAX:
        raise GraphQLError("Not a cursor. Use one that this API gave you.")
    return Cursor(ProjectId(UUID(bytes=project_id)), seq)


def _format_instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def format_instants(column: list[Any], classes: set[type]) -> list[Any] | None:
    """A column of instants as they are written, or None if some are not given in UTC."""
    if classes != {datetime}:
        return None
    # orjson writes an instant ten times faster than `isoformat`, and alike.
    text = orjson.dumps(column, option=orjson.OPT_UTC_Z)
    if text.count(b'Z"') != len(column):
        return None
    written: list[Any] = orjson.loads(text)
    return written


def format_dates(column: list[Any], classes: set[type]) -> list[Any] | None:
    """A column of dates as they are written, or None if some are none."""
    return list(map(date.isoformat, column)) if classes == {date} else None


def _parse_instant(value: object) -> datetime:
    try:
        instant = datetime.fromisoformat(value if isinstance(value, str) else "")
        if instant.tzinfo is None:
            raise GraphQLError("Must name its offset from UTC, like 2026-03-01T09:30:00Z.")
        return instant.astimezone(UTC)
    # Near the years 1 and 9999 an instant may have no form in UTC.
    except (ValueError, OverflowError) as error:
        raise GraphQLError("Must be an instant like 2026-03-01T09:30:00Z.") from error


def _parse_date(value: object) -> date:
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        raise GraphQLError("Must be a date like 2026-03-01.") from error


def _identity(value: Any) -> Any:  # noqa: ANN401 - any JSON value is what it is
    return value


SCALARS: Final[Mapping[object, ScalarDefinition]] = {
    Cursor: strawberry.scalar(
        name="Cursor",
        description="Opaque position in one project's event sequence.",
        serialize=encode_cursor,
        parse_value=decode_cursor,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant in UTC, as in RFC 3339.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=_format_instant,
        parse_value=_parse_instant,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A day of the calendar, YYYY-MM-DD, in no particular time zone.",
        serialize=date.isoformat,
        parse_value=_parse_date,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value.",
        serialize=_identity,
        parse_value=_identity,
    ),
}
