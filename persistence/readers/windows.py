"""Keyset pages: "n rows after this one, for each of these parents" in one statement."""

import base64
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Final, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Uuid,
    and_,
    cast,
    column,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from domain.errors import InvalidInput
from domain.queries import Page, Window

T = TypeVar("T")

_INTEGER_MAX: Final = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SortKey:
    """One term of an order. Absent values come last in either direction."""

    expression: ColumnElement[Any]
    value_type: type
    is_descending: bool = False
    is_nullable: bool = False


def is_one_of(expression: ColumnElement[Any], ids: Collection[UUID]) -> ColumnElement[bool]:
    """`expression = ANY(ids)`: one bind however many ids, so the statement stays prepared."""
    return expression == func.any(cast(list(ids), ARRAY(Uuid)))


def window_statement(
    entity: Select[Any],
    *,
    parent: ColumnElement[Any],
    parent_ids: Collection[UUID],
    order: Sequence[SortKey],
    page: Page,
) -> Select[Any]:
    """Rows of (parent id, sort values…, entity columns…), at most size + 1 for each parent.

    `entity` selects the entity's columns with its conditions; `parent` is the column
    that refers to the parent.
    """
    parents = (
        func.unnest(cast(list(parent_ids), ARRAY(Uuid)))
        .table_valued(column("id", Uuid))
        .render_derived(name="parents")
    )
    conditions = [parent == parents.c.id]
    if page.after is not None:
        conditions.append(_beyond(order, _decoded(page.after, order, "after"), backward=False))
    if page.before is not None:
        conditions.append(_beyond(order, _decoded(page.before, order, "before"), backward=True))
    sort_columns = [key.expression.label(f"sort_{i}") for i, key in enumerate(order)]
    rows = (
        entity.where(*conditions)
        .add_columns(*sort_columns)
        .order_by(*(_term(key, is_backward=page.is_backward) for key in order))
        .limit(page.size + 1)
        .lateral("windowed")
    )
    sorted_by = [rows.c[f"sort_{i}"] for i in range(len(order))]
    entity_columns = [c for c in rows.c if not c.name.startswith("sort_")]
    return select(parents.c.id, *sorted_by, *entity_columns).join_from(parents, rows, true())


def windows(
    rows: Sequence[Row[Any]],
    *,
    order: Sequence[SortKey],
    page: Page,
    entity: Callable[[Sequence[object]], T],
) -> Mapping[UUID, Window[T]]:
    """The rows of a window statement → a page per parent; parents without rows are absent."""
    rows_by_parent_id: dict[UUID, list[Row[Any]]] = {}
    for row in rows:
        rows_by_parent_id.setdefault(row[0], []).append(row)
    return {
        parent_id: _window(parent_rows, order=order, page=page, entity=entity)
        for parent_id, parent_rows in rows_by_parent_id.items()
    }


def _window(
    rows: list[Row[Any]],
    *,
    order: Sequence[SortKey],
    page: Page,
    entity: Callable[[Sequence[object]], T],
) -> Window[T]:
    has_more = len(rows) > page.size
    kept = rows[: page.size]
    if page.is_backward:
        kept.reverse()
    first_entity_column = 1 + len(order)
    return Window(
        items=tuple(entity(row[first_entity_column:]) for row in kept),
        cursors=tuple(sort_values_cursor(row[1:first_entity_column]) for row in kept),
        has_next=page.before is not None if page.is_backward else has_more,
        has_previous=has_more if page.is_backward else page.after is not None,
    )


def _term(key: SortKey, *, is_backward: bool) -> ColumnElement[Any]:
    descending = key.is_descending != is_backward
    ordered = key.expression.desc() if descending else key.expression.asc()
    if not key.is_nullable:
        return ordered
    return ordered.nulls_first() if is_backward else ordered.nulls_last()


def _beyond(
    order: Sequence[SortKey], values: Sequence[object], *, backward: bool
) -> ColumnElement[bool]:
    """The rows strictly behind (or before) the one with these sort values."""
    alternatives: list[ColumnElement[bool]] = []
    equal: list[ColumnElement[bool]] = []
    for key, value in zip(order, values, strict=True):
        alternatives.append(and_(*equal, _past(key, value, backward=backward)))
        equal.append(
            key.expression.is_(None) if value is None else key.expression == _bound(key, value)
        )
    return or_(*alternatives)


def _past(key: SortKey, value: object, *, backward: bool) -> ColumnElement[bool]:
    expression = key.expression
    if value is None:
        return expression.is_not(None) if backward else false()
    bound = _bound(key, value)
    past = expression < bound if key.is_descending != backward else expression > bound
    return or_(past, expression.is_(None)) if key.is_nullable and not backward else past


def _bound(key: SortKey, value: object) -> ColumnElement[Any]:
    return literal(value, key.expression.type)


def sort_values_cursor(values: Sequence[object]) -> str:
    """The opaque cursor of a row with these sort values."""
    plain = [getattr(value, "value", value) for value in values]
    return base64.urlsafe_b64encode(orjson.dumps(plain, default=str)).decode().rstrip("=")


def _decoded(cursor: str, order: Sequence[SortKey], field: str) -> list[object]:
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        values = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(values, list) or len(values) != len(order):
            raise ValueError("wrong number of values")  # noqa: TRY301 - one handler for all
        return [
            _parsed(value, key.value_type, is_nullable=key.is_nullable)
            for value, key in zip(values, order, strict=True)
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
        if value_type is int or issubclass(value_type, Enum):
            return value_type(value)
    elif isinstance(value, str) and "\x00" not in value:
        if value_type is datetime:
            return _instant(value)
        if value_type is date:
            return date.fromisoformat(value)
        if value_type in (str, UUID):
            return value_type(value)
    raise ValueError("a value of another kind")
