"""`domain.readers.TaskReader` on Postgres."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, select

from domain.entities import Priority, Task
from domain.queries import (
    OrderDirection,
    Page,
    TaskOrder,
    TaskOrderField,
    TaskParent,
    TaskSelection,
    Window,
)
from domain.readers import Visibility
from persistence import mappings
from persistence.database import Database
from persistence.readers.entities import counts, entities_by_id, entities_by_parent, is_visible
from persistence.readers.task_filters import task_condition
from persistence.readers.windows import SortKey, is_one_of, window_statement, windows
from persistence.tables import board_columns, tasks, workspaces

_PARENT_COLUMN: Final = {
    TaskParent.WORKSPACE: tasks.c.workspace_id,
    TaskParent.PROJECT: tasks.c.project_id,
    TaskParent.COLUMN: tasks.c.column_id,
}

_COLUMN_POSITION: Final = (
    select(board_columns.c.position)
    .where(board_columns.c.id == tasks.c.column_id)
    .scalar_subquery()
)

_SORT_KEYS: Final[Mapping[TaskOrderField, tuple[SortKey, ...]]] = {
    TaskOrderField.POSITION: (
        SortKey(expression=_COLUMN_POSITION, value_type=str),
        SortKey(expression=tasks.c.position, value_type=str),
    ),
    TaskOrderField.NUMBER: (SortKey(expression=tasks.c.number, value_type=int),),
    TaskOrderField.TITLE: (SortKey(expression=tasks.c.title, value_type=str),),
    TaskOrderField.PRIORITY: (SortKey(expression=tasks.c.priority, value_type=Priority),),
    TaskOrderField.DUE_DATE: (
        SortKey(expression=tasks.c.due_date, value_type=date, is_nullable=True),
    ),
    TaskOrderField.CREATED_AT: (SortKey(expression=tasks.c.created_at, value_type=datetime),),
    TaskOrderField.UPDATED_AT: (SortKey(expression=tasks.c.updated_at, value_type=datetime),),
}
# Positions are unique within a column, so this alone orders one.
_COLUMN_ORDER: Final = (SortKey(expression=tasks.c.position, value_type=str),)
_BY_ID: Final = SortKey(expression=tasks.c.id, value_type=UUID)


class PostgresTaskReader:
    """Tasks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tasks(self, ids: Collection[UUID], scope: Visibility) -> Mapping[UUID, Task]:
        """By id."""
        return await entities_by_id(self._database, mappings.TASKS, ids, scope)

    async def tasks_with_key(
        self, key: str, workspace_slug: str | None, scope: Visibility
    ) -> Sequence[Task]:
        """The tasks with the human key, in one workspace or in all."""
        mapping = mappings.TASKS
        statement = mapping.select().where(
            tasks.c.key == key, is_visible(tasks.c.workspace_id, scope)
        )
        if workspace_slug is not None:
            statement = statement.join(workspaces, workspaces.c.id == tasks.c.workspace_id).where(
                workspaces.c.slug == workspace_slug
            )
        return [mapping.entity(row) for row in await self._database.fetch(statement)]

    async def tasks_of(
        self,
        parent: TaskParent,
        parent_ids: Collection[UUID],
        selection: TaskSelection,
        page: Page,
        scope: Visibility,
    ) -> Mapping[UUID, Window[Task]]:
        """By workspace, project or column."""
        mapping = mappings.TASKS
        order = _sort_keys(parent, selection.order)
        statement = window_statement(
            _selected(mapping.select(), selection, scope),
            parent=_PARENT_COLUMN[parent],
            parent_ids=parent_ids,
            order=order,
            page=page,
        )
        rows = await self._database.fetch(statement)
        return windows(rows, order=order, page=page, entity=mapping.entity)

    async def task_counts(
        self,
        parent: TaskParent,
        parent_ids: Collection[UUID],
        selection: TaskSelection,
        scope: Visibility,
    ) -> Mapping[UUID, int]:
        """By workspace, project or column; the selection's order is of no account."""
        column = _PARENT_COLUMN[parent]
        statement = _selected(select(column, func.count()), selection, scope)
        rows = await self._database.fetch(
            statement.where(is_one_of(column, parent_ids)).group_by(column)
        )
        return counts(rows)

    async def subtasks(
        self, parent_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Sequence[Task]]:
        """By parent task, in order of their numbers, archived ones left out."""
        statement = (
            mappings.TASKS.select()
            .where(
                is_one_of(tasks.c.parent_id, parent_ids),
                is_visible(tasks.c.workspace_id, scope),
                tasks.c.archived_at.is_(None),
            )
            .order_by(tasks.c.number)
        )
        return await entities_by_parent(
            self._database, mappings.TASKS, statement, tasks.c.parent_id
        )


def _selected(statement: Select[Any], selection: TaskSelection, scope: Visibility) -> Select[Any]:
    statement = statement.where(is_visible(tasks.c.workspace_id, scope))
    if not selection.includes_archived:
        statement = statement.where(tasks.c.archived_at.is_(None))
    if selection.filter is not None:
        statement = statement.where(task_condition(selection.filter, scope.viewer_id))
    return statement


def _sort_keys(parent: TaskParent, order: Sequence[TaskOrder]) -> tuple[SortKey, ...]:
    if parent is TaskParent.COLUMN and not order:
        return _COLUMN_ORDER
    terms = order or (TaskOrder(field=TaskOrderField.POSITION),)
    keys = [
        SortKey(
            expression=key.expression,
            value_type=key.value_type,
            is_descending=term.direction is OrderDirection.DESC,
            is_nullable=key.is_nullable,
        )
        for term in terms
        for key in _SORT_KEYS[term.field]
    ]
    return (*keys, _BY_ID)
