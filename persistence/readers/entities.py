"""Rows by id and lists by parent, the two shapes most readers have."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select

from domain.readers import Visibility
from persistence.database import Database
from persistence.readers.windows import is_one_of
from persistence.stores import E, EntityMapping


def is_visible(workspace_id: ColumnElement[Any], scope: Visibility) -> ColumnElement[bool]:
    """The rows of the workspaces that the viewer belongs to."""
    return is_one_of(workspace_id, scope.role_by_workspace_id)


async def entities_by_id(
    database: Database, mapping: EntityMapping[E], ids: Collection[UUID], scope: Visibility
) -> Mapping[UUID, E]:
    """The visible ones of a tenant's entities, by id."""
    table = mapping.table
    rows = await database.fetch(
        mapping.select().where(is_one_of(table.c.id, ids), is_visible(table.c.workspace_id, scope))
    )
    return {row.id: mapping.entity(row) for row in rows}


async def entities_by_parent(
    database: Database,
    mapping: EntityMapping[E],
    statement: Select[Any],
    parent: ColumnElement[Any],
) -> Mapping[UUID, Sequence[E]]:
    """The statement's entities by the parent column, in the statement's order."""
    rows = await database.fetch(statement.add_columns(parent.label("parent")))
    entities_by_parent_id: dict[UUID, list[E]] = {}
    for row in rows:
        entities_by_parent_id.setdefault(row.parent, []).append(mapping.entity(row))
    return entities_by_parent_id


def counts(rows: Sequence[Sequence[Any]]) -> Mapping[UUID, int]:
    """Rows of (parent id, count) → counts by parent."""
    return {row[0]: row[1] for row in rows}
