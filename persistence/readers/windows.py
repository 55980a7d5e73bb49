"""Keyset pages: "n rows after this one, for each of these parents" in one statement."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, Generic, TypeAlias
from uuid import UUID

import asyncpg
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Uuid,
    and_,
    bindparam,
    column,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from domain.queries import Page, Window
from persistence.compiled_statements import CompiledStatement
from persistence.read_pool import ReadPool
from persistence.readers.cursors import Cursors, decoded_cursor, encoded_cursor
from persistence.stores import E, EntityMapping

# Which of a bound's sort values are absent; None where there is no bound.
BoundShape: TypeAlias = tuple[bool, ...] | None

# The id of an entity → how many rows refer to it.
CountFor: TypeAlias = Callable[[ColumnElement[Any]], ColumnElement[int]]

_LAST: Final = itemgetter(-1)
_AFTER: Final = "after"
_BEFORE: Final = "before"


@dataclass(frozen=True, slots=True, kw_only=True)
class SortKey:
    """One term of an order. Absent values come last in either direction."""

    expression: ColumnElement[Any]
    value_type: type
    is_descending: bool = False
    is_nullable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowShape:
    """What of a page decides the statement's text; the rest of it are parameters."""

    is_backward: bool
    after: BoundShape
    before: BoundShape


class WindowBounds:
    """A page's cursors, decoded for an order; raises InvalidInput when they are none of its."""

    def __init__(self, page: Page, order: Sequence[SortKey]) -> None:
        self.page = page
        after = _sort_values(page.after, order, _AFTER)
        before = _sort_values(page.before, order, _BEFORE)
        self.shape = WindowShape(
            is_backward=page.is_backward, after=_shape(after), before=_shape(before)
        )
        # One more than asked for tells whether there are more.
        self.parameters: dict[str, object] = {"row_limit": page.size + 1}
        for name, values in ((_AFTER, after), (_BEFORE, before)):
            for index, value in enumerate(values or ()):
                self.parameters[f"{name}_{index}"] = value


class WindowRead(Generic[E]):
    """Pages of one shape: at most the page's size of entities for each parent."""

    def __init__(
        self,
        mapping: EntityMapping[E],
        entity: Select[Any],
        *,
        parent: ColumnElement[Any],
        order: Sequence[SortKey],
        shape: WindowShape,
        count: CountFor | None = None,
    ) -> None:
        """`entity` selects columns of the entity with its conditions.

        `parent` is the column that refers to the parent, `count` what is counted along.
        """
        self._mapping = mapping
        self._names = tuple(column.name for column in entity.selected_columns)
        self._sort_values = slice(len(self._names) + 1, len(self._names) + 1 + len(order))
        self._has_counts = count is not None
        self._read = CompiledStatement(
            _statement(entity, parent=parent, order=order, shape=shape, count=count)
        )

    async def run(
        self,
        reads: ReadPool,
        parent_ids: Collection[UUID],
        bounds: WindowBounds,
        parameters: Mapping[str, object],
    ) -> Mapping[UUID, Window[E]]:
        """A page per parent; parents without rows are absent."""
        rows = await reads.fetch(
            self._read,
            {"parent_ids": list(parent_ids), **bounds.parameters, **parameters},
        )
        extra = self._sort_values.stop - len(self._names) + self._has_counts
        entities = self._mapping.entities(rows, names=self._names, extra=extra)
        found_by_parent_id: dict[UUID, tuple[list[E], list[asyncpg.Record]]] = {}
        start = 0
        # The rows of a parent follow each other, unless Postgres found another plan.
        for parent_id, run in groupby(map(itemgetter(len(self._names)), rows)):
            end = start + sum(1 for _ in run)
            found = found_by_parent_id.setdefault(parent_id, ([], []))
            found[0].extend(entities[start:end])
            found[1].extend(rows[start:end])
            start = end
        return {
            parent_id: self._window(found, found_rows, bounds.page)
            for parent_id, (found, found_rows) in found_by_parent_id.items()
        }

    def _window(self, entities: list[E], rows: list[asyncpg.Record], page: Page) -> Window[E]:
        has_more = len(rows) > page.size
        del entities[page.size :], rows[page.size :]
        if page.is_backward:
            entities.reverse()
            rows.reverse()
        return Window(
            items=tuple(entities),
            cursors=Cursors(rows, self._cursor),
            has_next=page.before is not None if page.is_backward else has_more,
            has_previous=has_more if page.is_backward else page.after is not None,
            counts=tuple(map(_LAST, rows)) if self._has_counts else (),
        )

    def _cursor(self, row: asyncpg.Record) -> str:
        return encoded_cursor(row[self._sort_values])


def _sort_values(
    cursor: str | None, order: Sequence[SortKey], field: str
) -> Sequence[object] | None:
    if cursor is None:
        return None
    return decoded_cursor(cursor, [(key.value_type, key.is_nullable) for key in order], field)


def _shape(values: Sequence[object] | None) -> BoundShape:
    return None if values is None else tuple(value is None for value in values)


def _statement(
    entity: Select[Any],
    *,
    parent: ColumnElement[Any],
    order: Sequence[SortKey],
    shape: WindowShape,
    count: CountFor | None,
) -> Select[Any]:
    """Rows of (entity columns…, parent id, sort values…, the count if there is one)."""
    parents = (
        func.unnest(bindparam("parent_ids", type_=ARRAY(Uuid)))
        .table_valued(column("id", Uuid))
        .render_derived(name="parents")
    )
    conditions = [parent == parents.c.id]
    for name, absent in ((_AFTER, shape.after), (_BEFORE, shape.before)):
        if absent is not None:
            conditions.append(_beyond(order, absent, name))
    rows = (
        entity.where(*conditions)
        .add_columns(*(key.expression.label(f"sort_{i}") for i, key in enumerate(order)))
        .order_by(*(_term(key, is_backward=shape.is_backward) for key in order))
        .limit(bindparam("row_limit", type_=BigInteger))
        .lateral("windowed")
    )
    sorted_by = [rows.c[f"sort_{i}"] for i in range(len(order))]
    entity_columns = [c for c in rows.c if not c.name.startswith("sort_")]
    # Of the page's rows alone.
    counts = [] if count is None else [count(rows.c.id)]
    columns = (*entity_columns, parents.c.id, *sorted_by, *counts)
    return select(*columns).join_from(parents, rows, true())


def _term(key: SortKey, *, is_backward: bool) -> ColumnElement[Any]:
    descending = key.is_descending != is_backward
    ordered = key.expression.desc() if descending else key.expression.asc()
    if not key.is_nullable:
        return ordered
    return ordered.nulls_first() if is_backward else ordered.nulls_last()


def _beyond(order: Sequence[SortKey], absent: Sequence[bool], name: str) -> ColumnElement[bool]:
    """The rows strictly behind (or before) the one whose sort values are the parameters."""
    alternatives: list[ColumnElement[bool]] = []
    equal: list[ColumnElement[bool]] = []
    for index, (key, is_absent) in enumerate(zip(order, absent, strict=True)):
        bound = bindparam(f"{name}_{index}", type_=key.expression.type)
        past = _past(key, None if is_absent else bound, backward=name == _BEFORE)
        alternatives.append(and_(*equal, past))
        equal.append(key.expression.is_(None) if is_absent else key.expression == bound)
    return or_(*alternatives)


def _past(key: SortKey, bound: ColumnElement[Any] | None, *, backward: bool) -> ColumnElement[bool]:
    expression = key.expression
    if bound is None:
        return expression.is_not(None) if backward else false()
    past = expression < bound if key.is_descending != backward else expression > bound
    return or_(past, expression.is_(None)) if key.is_nullable and not backward else past
