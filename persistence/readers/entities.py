"""Rows by id, lists by parent and counts, the shapes most readers have."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, Generic
from uuid import UUID

import asyncpg
from sqlalchemy import ColumnElement, Select, func, select

from domain.reads import Visibility
from persistence.compiled_statements import CompiledStatement, is_one_of
from persistence.read_pool import ReadPool
from persistence.stores import E, EntityMapping

# Which fields operations select is the clients' choice; so many of each read stay compiled.
_FIELD_SELECTIONS: Final = 64


def is_visible(workspace_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """The rows of the workspaces that the viewer belongs to."""
    return is_one_of(workspace_id, "visible_ids")


def visible(scope: Visibility) -> dict[str, object]:
    """The parameter of `is_visible`."""
    return {"visible_ids": list(scope.role_by_workspace_id)}


def keys_and_scope(ids: Collection[UUID], scope: Visibility) -> dict[str, object]:
    """The parameters of a read by keys and visibility."""
    return {"ids": list(ids), "visible_ids": list(scope.role_by_workspace_id)}


class ReadById(Generic[E]):
    """The visible ones of a tenant's entities, by id."""

    def __init__(self, mapping: EntityMapping[E]) -> None:
        self._mapping = mapping
        self._compiled = lru_cache(maxsize=_FIELD_SELECTIONS)(self._compile)

    async def run(
        self,
        reads: ReadPool,
        ids: Collection[UUID],
        scope: Visibility,
        fields: frozenset[str] | None = None,
    ) -> Mapping[UUID, E]:
        """The entities that exist and may be seen, with the id and these fields or all."""
        names, read = self._compiled(fields)
        rows = await reads.fetch(read, keys_and_scope(ids, scope))
        return entities_by_id(self._mapping, rows, names)

    def _compile(self, fields: frozenset[str] | None) -> tuple[tuple[str, ...], CompiledStatement]:
        names, table = self._mapping.names_among(fields), self._mapping.table
        statement = self._mapping.select(names).where(
            is_one_of(table.c.id, "ids"), is_visible(table.c.workspace_id)
        )
        return names, CompiledStatement(statement)


class ReadByParent(Generic[E]):
    """The entities of a statement by a column that refers to their parent, in its order."""

    def __init__(
        self, mapping: EntityMapping[E], statement: Select[Any], parent: ColumnElement[Any]
    ) -> None:
        """`statement` selects the entity with every condition but the parent's."""
        self._mapping = mapping
        self._statement = statement.where(is_one_of(parent, "ids"))
        self._parent = parent
        self._compiled = lru_cache(maxsize=_FIELD_SELECTIONS)(self._compile)

    async def run(
        self,
        reads: ReadPool,
        parent_ids: Collection[UUID],
        scope: Visibility,
        fields: frozenset[str] | None = None,
    ) -> Mapping[UUID, Sequence[E]]:
        """The lists of those parents that have one, with the id and these fields or all."""
        names, read = self._compiled(fields)
        rows = await reads.fetch(read, keys_and_scope(parent_ids, scope))
        made = self._mapping.entities(rows, names=names, extra=1)
        parent_index = len(names)
        entities_by_parent_id: dict[UUID, list[E]] = {}
        for row, entity in zip(rows, made, strict=True):
            parent_id: UUID = row[parent_index]
            entities = entities_by_parent_id.get(parent_id)
            if entities is None:
                entities_by_parent_id[parent_id] = [entity]
            else:
                entities.append(entity)
        return entities_by_parent_id

    def _compile(self, fields: frozenset[str] | None) -> tuple[tuple[str, ...], CompiledStatement]:
        names, table = self._mapping.names_among(fields), self._mapping.table
        statement = self._statement.with_only_columns(
            *(table.c[name] for name in names),
            self._parent.label("parent"),
            maintain_column_froms=True,
        )
        return names, CompiledStatement(statement)


class ReadCounts:
    """How many rows that meet the conditions refer to each parent; none have no entry."""

    def __init__(self, parent: ColumnElement[Any], *conditions: ColumnElement[bool]) -> None:
        self._read = CompiledStatement(
            select(parent, func.count())
            .where(is_one_of(parent, "ids"), *conditions)
            .group_by(parent)
        )

    async def run(
        self, reads: ReadPool, parent_ids: Collection[UUID], parameters: Mapping[str, object]
    ) -> Mapping[UUID, int]:
        """Counts by parent; `parameters` are those of the conditions."""
        rows = await reads.fetch(self._read, {"ids": list(parent_ids), **parameters})
        return {row[0]: row[1] for row in rows}


def entities_by_id(
    mapping: EntityMapping[E],
    rows: Sequence[asyncpg.Record],
    names: tuple[str, ...] | None = None,
) -> Mapping[UUID, E]:
    """Rows of the named fields, the first of them the id → entities by id."""
    made = mapping.entities(rows, names=names)
    return dict(zip(map(itemgetter(0), rows), made, strict=True))
