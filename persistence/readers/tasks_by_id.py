"""Tasks by id, with what they refer to, in one statement."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy import FromClause, and_, case, exists, func, or_, select

from domain.entities import Column
from domain.reads import Asker, Fields, TaskRelation, TasksFound, TasksWanted
from persistence import mappings
from persistence.read_pool import ReadPool
from persistence.readers.related_rows import (
    VIEWER,
    ArrayPart,
    EntityPart,
    ReadByIds,
    RowLayout,
    is_visible_to_viewer,
    memberships_of_viewer,
    visibility_of,
)
from persistence.tables import (
    board_columns,
    comments,
    labels,
    memberships,
    projects,
    task_labels,
    tasks,
    users,
)

# Which fields operations select is the clients' choice; so many statements stay compiled.
_STATEMENTS: Final = 256

_PERSON_KEYS: Final = {
    TaskRelation.ASSIGNEE: tasks.c.assignee_id,
    TaskRelation.CREATOR: tasks.c.creator_id,
}


class TaskParts:
    """The columns of tasks, and of what is wanted along with them, in a layout."""

    def __init__(self, layout: RowLayout, wanted: TasksWanted) -> None:
        self._layout = layout
        # What the columns are selected from.
        self.source: FromClause = tasks
        self._people: list[EntityPart[Any]] = []
        self._column: EntityPart[Column] | None = None
        self._project: EntityPart[Any] | None = None
        self._labels: ArrayPart[Any] | None = None
        self._comment_count: int | None = None
        self._visibility: int | None = None
        self._task = layout.entity(mappings.TASKS, wanted.fields, tasks)
        for relation, fields in wanted.along:
            self._add(relation, fields)
        if wanted.has_visibility:
            self._visibility = layout.value(memberships_of_viewer())

    def found(
        self,
        rows: Sequence[asyncpg.Record],
        asker: Asker,
        *,
        columns: Mapping[UUID, Column] | None = None,
    ) -> TasksFound:
        """What the rows have of it; `columns`, where they were added to the layout apart."""
        if columns is None:
            columns = self._column.by_id(rows) if self._column else {}
        task_id, labelled, counted = self._task.start, self._labels, self._comment_count
        index = self._visibility
        return TasksFound(
            task_by_id=self._task.by_id(rows),
            user_by_id={
                user_id: user for part in self._people for user_id, user in part.by_id(rows).items()
            },
            column_by_id=columns,
            project_by_id=self._project.by_id(rows) if self._project else {},
            labels_by_task_id={row[task_id]: labelled.of(row) for row in rows} if labelled else {},
            comment_count_by_task_id={}
            if counted is None
            else {row[task_id]: row[counted] for row in rows},
            visibility=None if index is None or not rows else visibility_of(asker, rows[0][index]),
        )

    def _add(self, relation: TaskRelation, fields: Fields) -> None:
        match relation:
            case TaskRelation.ASSIGNEE | TaskRelation.CREATOR:
                self._add_person(relation, fields)
            case TaskRelation.COLUMN:
                joined = board_columns.c.id == tasks.c.column_id
                self.source = self.source.join(board_columns, joined)
                self._column = self._layout.entity(mappings.COLUMNS, fields, board_columns)
            case TaskRelation.PROJECT:
                joined = projects.c.id == tasks.c.project_id
                self.source = self.source.join(projects, joined)
                self._project = self._layout.entity(mappings.PROJECTS, fields, projects)
            case TaskRelation.LABELS:
                found = (
                    select()
                    .select_from(task_labels.join(labels, labels.c.id == task_labels.c.label_id))
                    .where(task_labels.c.task_id == tasks.c.id)
                    .order_by(func.lower(labels.c.name), labels.c.id)
                    .correlate(tasks)
                )
                self._labels = self._layout.array(mappings.LABELS, fields, found)
            case TaskRelation.COMMENT_COUNT:
                counted = select(func.count()).where(comments.c.task_id == tasks.c.id)
                self._comment_count = self._layout.value(counted.correlate(tasks).scalar_subquery())

    def _add_person(self, relation: TaskRelation, fields: Fields) -> None:
        person = users.alias(relation.value.lower())
        theirs, viewers = memberships.alias(), memberships.alias()
        is_colleague = or_(
            person.c.id == VIEWER,
            exists()
            .where(
                theirs.c.user_id == person.c.id,
                theirs.c.workspace_id == viewers.c.workspace_id,
                viewers.c.user_id == VIEWER,
            )
            .correlate(person),
        )
        self.source = self.source.outerjoin(person, and_(person.c.id == _PERSON_KEYS[relation]))
        self._people.append(
            self._layout.entity(
                mappings.USERS,
                fields,
                person,
                replaced={"email": case((is_colleague, person.c.email))},
            )
        )


class TasksById:
    """The statement's text, and how its rows are read."""

    def __init__(self, wanted: TasksWanted) -> None:
        layout = RowLayout()
        self._parts = TaskParts(layout, wanted)
        self._read = ReadByIds(
            select(*layout.columns)
            .select_from(self._parts.source)
            .where(is_visible_to_viewer(tasks.c.workspace_id)),
            tasks.c.id,
        )

    async def run(self, reads: ReadPool, ids: Collection[UUID], asker: Asker) -> TasksFound:
        """The tasks that exist and may be seen."""
        rows = await self._read.fetch(reads, ids, asker)
        return self._parts.found(rows, asker)


@lru_cache(maxsize=_STATEMENTS)
def tasks_by_id(wanted: TasksWanted) -> TasksById:
    """The statement for what is wanted, compiled once."""
    return TasksById(wanted)
