"""Rows of a thing and of what it refers to, in one statement.

A statement is made of parts: the columns of one entity each, joined by a foreign key, or one
column with an array of rows. What a viewer may see is a condition of the statement itself, so
that a read by id can be the first one of an operation.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic
from uuid import UUID

import asyncpg
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Label,
    Select,
    Uuid,
    bindparam,
    func,
    or_,
    select,
)

from domain.access import Role
from domain.identifiers import WorkspaceId
from domain.reads import AnyMember, Asker, Fields, Visibility
from persistence.compiled_statements import (
    EXECUTION,
    CompiledStatement,
    PipelinedStatement,
    is_one_of,
)
from persistence.entity_construction import Construct
from persistence.read_pool import ReadPool
from persistence.stores import E, EntityMapping
from persistence.tables import memberships

VIEWER: Final = bindparam("viewer_id", type_=Uuid)
_SHARED_WORKSPACE: Final = bindparam("shared_workspace_id", type_=Uuid)


def asking(asker: Asker) -> Mapping[str, UUID | None]:
    """The parameters of `is_visible_to_viewer` and `memberships_of_viewer`."""
    if isinstance(asker, AnyMember):
        return {"viewer_id": None, "shared_workspace_id": asker.workspace_id}
    return {"viewer_id": asker, "shared_workspace_id": None}


def is_visible_to_viewer(workspace_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """The rows of the workspaces that the viewer belongs to, or of the shared one."""
    of_viewer = select(memberships.c.workspace_id).where(memberships.c.user_id == VIEWER)
    return or_(workspace_id == _SHARED_WORKSPACE, workspace_id.in_(of_viewer))


class ReadByIds:
    """Rows by ids, of which there is one as a rule.

    Postgres plans once for whatever comes, and expects ten of a list of ids: it would read small
    tables from end to end to join them. So there is a statement of its own for one.
    """

    def __init__(self, rows: Select[Any], ids: ColumnElement[UUID]) -> None:
        self._one = PipelinedStatement(
            rows.add_columns(EXECUTION).where(ids == bindparam("id", type_=Uuid))
        )
        self._many = CompiledStatement(rows.where(is_one_of(ids, "ids")))

    async def fetch(
        self, reads: ReadPool, ids: Collection[UUID], asker: Asker
    ) -> Sequence[asyncpg.Record]:
        """The rows with these ids, by what the statement says of the asker."""
        if len(ids) != 1:
            return await reads.fetch(self._many, {"ids": list(ids), **asking(asker)})
        [only] = ids
        return await reads.fetch(self._one, {"id": only, **asking(asker)})


def array_of(rows: Select[Any]) -> Label[Any]:
    """A column with the rows of a statement, in its order; each row is a tuple."""
    return func.array(rows.scalar_subquery()).label(None)


def memberships_of_viewer() -> Label[Any]:
    """A column with what the viewer may see, for `visibility_of`."""
    membership = func.row(memberships.c.workspace_id, memberships.c.role)
    return array_of(select(membership).where(memberships.c.user_id == VIEWER))


def visibility_of(asker: Asker, rows: Sequence[tuple[WorkspaceId, str]]) -> Visibility | None:
    """What `memberships_of_viewer` found; None for who is nobody in particular."""
    if isinstance(asker, AnyMember):
        return None
    return Visibility(
        viewer_id=asker,
        role_by_workspace_id={workspace_id: Role(role) for workspace_id, role in rows},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityPart(Generic[E]):
    """The columns of one entity in a row, from `start` to before `end`; the first is its id."""

    construct: Construct[E]
    start: int
    end: int

    def by_id(self, rows: Sequence[asyncpg.Record]) -> dict[UUID, E]:
        """The entities of all rows; a row without one is passed over."""
        if len(rows) == 1:
            part = rows[0][self.start : self.end]
            return {} if part[0] is None else {part[0]: self.construct((part,))[0]}
        parts = {row[self.start]: row[self.start : self.end] for row in rows}
        parts.pop(None, None)
        return dict(zip(parts, self.construct(parts.values()), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayPart(Generic[E]):
    """One column with an array of entities' rows."""

    construct: Construct[E]
    index: int

    def of(self, row: asyncpg.Record) -> Sequence[E]:
        """The entities in the row's array."""
        return self.construct(row[self.index])


class RowLayout:
    """The columns of a statement while it is put together, and where each part of them is."""

    def __init__(self) -> None:
        self.columns: list[ColumnElement[Any]] = []

    def entity(
        self,
        mapping: EntityMapping[E],
        fields: Fields,
        source: FromClause,
        *,
        replaced: dict[str, ColumnElement[Any]] | None = None,
    ) -> EntityPart[E]:
        """Add the entity's columns as the source has them, some replaced by expressions."""
        names, start = mapping.names_among(fields), len(self.columns)
        part = EntityPart(
            construct=mapping.construction(names), start=start, end=start + len(names)
        )
        self.columns += [(replaced or {}).get(name, source.c[name]) for name in names]
        return part

    def array(self, mapping: EntityMapping[E], fields: Fields, rows: Select[Any]) -> ArrayPart[E]:
        """Add a column with the entities that a statement without columns finds."""
        names = mapping.names_among(fields)
        row = func.row(*(mapping.table.c[name] for name in names))
        return ArrayPart(
            construct=mapping.construction(names),
            index=self.value(array_of(rows.with_only_columns(row, maintain_column_froms=True))),
        )

    def value(self, expression: ColumnElement[Any]) -> int:
        """Add one column; return its index."""
        self.columns.append(expression)
        return len(self.columns) - 1
