"""`domain.readers.TaskReader` on Postgres."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Text, bindparam, func, select

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
from domain.reads import COMMENT_COUNT, Asker, Fields, TasksFound, TasksWanted, Visibility
from persistence import mappings
from persistence.compiled_statements import CompiledStatement
from persistence.read_pool import ReadPool
from persistence.readers.entities import (
    ReadByParent,
    ReadCounts,
    is_visible,
    visible,
)
from persistence.readers.filter_parameters import split
from persistence.readers.task_filters import task_condition
from persistence.readers.tasks_by_id import tasks_by_id
from persistence.readers.windows import SortKey, WindowBounds, WindowRead, WindowShape
from persistence.tables import board_columns, comments, tasks, workspaces

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


# Orders and selections of fields are the clients' to choose; this is how many are kept compiled.
_SHAPES: Final = 256

_SUBTASKS: Final = ReadByParent(
    mappings.TASKS,
    mappings.TASKS.select()
    .where(is_visible(tasks.c.workspace_id), tasks.c.archived_at.is_(None))
    .order_by(tasks.c.number),
    tasks.c.parent_id,
)
_with_key = mappings.TASKS.select().where(
    tasks.c.key == bindparam("key", type_=Text), is_visible(tasks.c.workspace_id)
)
_TASKS_WITH_KEY: Final = CompiledStatement(_with_key)
_TASK_IN_WORKSPACE: Final = CompiledStatement(
    _with_key.join(workspaces, workspaces.c.id == tasks.c.workspace_id).where(
        workspaces.c.slug == bindparam("workspace_slug", type_=Text)
    )
)


class PostgresTaskReader:
    """Tasks."""

    def __init__(self, reads: ReadPool) -> None:
        self._reads = reads

    async def tasks(self, ids: Collection[UUID], asker: Asker, wanted: TasksWanted) -> TasksFound:
        """By id, within what the viewer may see; it need not be known before."""
        return await tasks_by_id(wanted).run(self._reads, ids, asker)

    async def tasks_with_key(
        self, key: str, workspace_slug: str | None, scope: Visibility
    ) -> Sequence[Task]:
        """The tasks with the human key, in one workspace or in all."""
        parameters = {"key": key, "workspace_slug": workspace_slug, **visible(scope)}
        read = _TASKS_WITH_KEY if workspace_slug is None else _TASK_IN_WORKSPACE
        return mappings.TASKS.entities(await self._reads.fetch(read, parameters))

    async def tasks_of(
        self,
        parent: TaskParent,
        parent_ids: Collection[UUID],
        selection: TaskSelection,
        page: Page,
        scope: Visibility,
        *,
        fields: Fields = None,
    ) -> Mapping[UUID, Window[Task]]:
        """By workspace, project or column; with how many comments they have if asked."""
        bounds = WindowBounds(page, _sort_keys(parent, selection.order))
        template, parameters = _template(selection, scope)
        read = _task_windows(parent, template, bounds.shape, fields)
        return await read.run(self._reads, parent_ids, bounds, parameters)

    async def task_counts(
        self,
        parent: TaskParent,
        parent_ids: Collection[UUID],
        selection: TaskSelection,
        scope: Visibility,
    ) -> Mapping[UUID, int]:
        """By workspace, project or column; the selection's order is of no account."""
        template, parameters = _template(replace(selection, order=()), scope)
        return await _task_counts(parent, template).run(self._reads, parent_ids, parameters)

    async def subtasks(
        self,
        parent_ids: Collection[UUID],
        scope: Visibility,
        *,
        fields: Fields = None,
    ) -> Mapping[UUID, Sequence[Task]]:
        """By parent task, in order of their numbers, archived ones left out."""
        return await _SUBTASKS.run(self._reads, parent_ids, scope, fields)


@lru_cache(maxsize=_SHAPES)
def _task_windows(
    parent: TaskParent,
    template: TaskSelection,
    shape: WindowShape,
    fields: Fields,
) -> WindowRead[Task]:
    names = mappings.TASKS.names_among(fields)
    return WindowRead(
        mappings.TASKS,
        mappings.TASKS.select(names).where(*_conditions(template)),
        parent=_PARENT_COLUMN[parent],
        order=_sort_keys(parent, template.order),
        shape=shape,
        count=_comment_count if fields and COMMENT_COUNT in fields else None,
    )


def _comment_count(task_id: ColumnElement[UUID]) -> ColumnElement[int]:
    return select(func.count()).where(comments.c.task_id == task_id).scalar_subquery()


@lru_cache(maxsize=_SHAPES)
def _task_counts(parent: TaskParent, template: TaskSelection) -> ReadCounts:
    return ReadCounts(_PARENT_COLUMN[parent], *_conditions(template))


def _template(
    selection: TaskSelection, scope: Visibility
) -> tuple[TaskSelection, dict[str, object]]:
    """The selection without its values, and the parameters of a read of it."""
    parameters = visible(scope)
    if selection.filter is None:
        return selection, parameters
    template, operands = split(selection.filter)
    return (
        replace(selection, filter=template),
        {"viewer_id": scope.viewer_id, **parameters, **operands},
    )


def _conditions(template: TaskSelection) -> Sequence[ColumnElement[bool]]:
    conditions = [is_visible(tasks.c.workspace_id)]
    if not template.includes_archived:
        conditions.append(tasks.c.archived_at.is_(None))
    if template.filter is not None:
        conditions.append(task_condition(template.filter))
    return conditions


@lru_cache(maxsize=_SHAPES)
def _sort_keys(parent: TaskParent, order: tuple[TaskOrder, ...]) -> tuple[SortKey, ...]:
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
