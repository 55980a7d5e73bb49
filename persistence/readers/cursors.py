"""Opaque cursors: the sort values of a row, as text for a client to give back."""

import base64
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Final, Generic, TypeVar, overload
from uuid import UUID

import orjson

from domain.errors import InvalidInput

R = TypeVar("R")

_INTEGER_MAX: Final = 2**31 - 1


class Cursors(Sequence[str], Generic[R]):
    """A page's cursors, each made when it is looked at: most pages only show the last."""

    __slots__ = ("_encode", "_rows")

    def __init__(self, rows: Sequence[R], encode: Callable[[R], str]) -> None:
        self._rows = rows
        self._encode = encode

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return Cursors(self._rows[index], self._encode)
        return self._encode(self._rows[index])

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[str]:
        return map(self._encode, self._rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


def encoded_cursor(sort_values: Sequence[Any]) -> str:
    """The cursor of a row with these sort values, as the driver gives them."""
    json = orjson.dumps(list(sort_values), default=str)
    return base64.urlsafe_b64encode(json).decode().rstrip("=")


def decoded_cursor(
    cursor: str, value_types: Sequence[tuple[type, bool]], field: str
) -> list[object]:
    """The sort values of (type, may be absent) in a cursor, as the driver takes them.

    Raises InvalidInput, naming the input field, when the cursor is none of such a list.
    """
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        values = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(values, list) or len(values) != len(value_types):
            raise ValueError("wrong number of values")  # noqa: TRY301 - one handler for all
        return [
            _parsed(value, value_type, is_nullable=is_nullable)
            for value, (value_type, is_nullable) in zip(values, value_types, strict=True)
        ]
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            "Not a cursor of this list. Use one from its pageInfo or edges, with the same orderBy.",
            field=(field,),
        ) from error


def _instant(value: str) -> datetime:
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError("an instant without its offset from UTC")
    return instant.astimezone(UTC)


def _parsed(value: object, value_type: type, *, is_nullable: bool) -> object:
    """A sort value as its column takes it; raise ValueError when it is of another kind."""
    if value is None and is_nullable:
        return None
    if isinstance(value, int) and abs(value) <= _INTEGER_MAX:
        if value_type is int:
            return int(value)
        if issubclass(value_type, Enum):
            return value_type(value).value
    elif isinstance(value, str) and "\x00" not in value:
        if value_type is datetime:
            return _instant(value)
        if value_type is date:
            return date.fromisoformat(value)
        if value_type in (str, UUID):
            return value_type(value)
    raise ValueError("a value of another kind")
