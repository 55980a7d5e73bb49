"""Locking the project that a command changes, by its own id or that of something in it."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Table, Uuid, bindparam, select

from domain.errors import NotFound
from persistence import mappings
from persistence.compiled_statements import CompiledStatement
from persistence.tables import (
    board_columns,
    checklist_items,
    comments,
    labels,
    memberships,
    projects,
    tasks,
)

_OBJECT_ID: Final = bindparam("object_id", type_=Uuid)


def _lock_of_project(project_id: ColumnElement[UUID]) -> CompiledStatement:
    """The project and the actor's role, locked, where the actor is a member."""
    return CompiledStatement(
        select(*mappings.PROJECTS.columns, memberships.c.role)
        .join(memberships, memberships.c.workspace_id == projects.c.workspace_id)
        .where(
            projects.c.id == project_id,
            memberships.c.user_id == bindparam("actor_id", type_=Uuid),
        )
        # Not the key: rows that refer to the project may be inserted meanwhile.
        .with_for_update(key_share=True, of=projects)
    )


def _lock_of_project_of(table: Table) -> CompiledStatement:
    owner = select(table.c.project_id).where(table.c.id == _OBJECT_ID)
    return _lock_of_project(owner.scalar_subquery())


LOCK_PROJECT: Final = _lock_of_project(_OBJECT_ID)
_TABLE_BY_STORE: Final = {
    "tasks": tasks,
    "columns": board_columns,
    "labels": labels,
    "comments": comments,
    "checklist_items": checklist_items,
}
LOCK_BY_STORE: Final[Mapping[str, CompiledStatement]] = {
    store: _lock_of_project_of(table) for store, table in _TABLE_BY_STORE.items()
}
# What is said of an id that leads nowhere, and the input's field it came in.
_NOTHING_BY_STORE: Final = {
    "tasks": ("No such task.", "taskId"),
    "columns": ("No such column.", "columnId"),
    "labels": ("No such label.", "labelId"),
    "comments": ("No such comment.", "commentId"),
    "checklist_items": ("No such checklist item.", "itemId"),
}


def nothing_there(store: str) -> NotFound:
    """What a command is told when its object is not there, or not the actor's to see."""
    message, field = _NOTHING_BY_STORE[store]
    return NotFound(message, field=(field,))
