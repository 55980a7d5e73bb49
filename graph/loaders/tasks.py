"""Loaders of tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from domain.entities import Task
from domain.queries import Page, TaskParent, TaskSelection, Window
from domain.reads import COMMENT_COUNT, Fields, TaskRelation, TasksFound, TasksWanted, Visibility
from graph.connections import ConnectionLoader, CountKey
from graph.context import GraphContext
from graph.loaders.boards import ColumnByIdLoader, LabelsByTaskLoader, ProjectByIdLoader
from graph.loaders.conversations import CommentCountByTaskLoader
from graph.loaders.people import UserByIdLoader
from graph.loading import CountLoader, ListLoader, Loader, the_only
from graph.selected_fields import SelectedFields


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskListing:
    """Which tasks of a parent, and which page of them."""

    selection: TaskSelection
    page: Page


class TaskByIdLoader(Loader[UUID, Task | None, None]):
    """Tasks, and what the operation selects of what they refer to, in one statement."""

    @classmethod
    def wanted_along(cls, selected: SelectedFields) -> TasksWanted | None:
        """What the operation wants of tasks, if it selects any of what they refer to."""
        if selected.names("Task").isdisjoint(_READ_ALONG):
            return None
        return _wanted(selected)

    @classmethod
    def see_along(cls, context: GraphContext, found: TasksFound) -> None:
        """Let the operation know what came along with tasks."""
        context.see(found.visibility)
        loaders = context.loaders
        loaders.prime(UserByIdLoader, found.user_by_id)
        loaders.prime(ColumnByIdLoader, found.column_by_id)
        loaders.prime(ProjectByIdLoader, found.project_by_id)
        loaders.prime(LabelsByTaskLoader, found.labels_by_task_id)
        loaders.prime(CommentCountByTaskLoader, found.comment_count_by_task_id)

    async def load_batch(self, keys: Sequence[UUID]) -> Sequence[Task | None]:
        """N ids → n tasks; None for those the viewer may not see."""
        context = self.context
        wanted = _wanted(context.selected)
        found = await self.readers.tasks.tasks(keys, context.asker, wanted)
        self.see_along(context, found)
        return [found.task_by_id.get(key) for key in keys]


# The fields of a task that can be read along with it, with their types if they are objects.
_READ_ALONG: Final = {
    "assignee": (TaskRelation.ASSIGNEE, "User"),
    "creator": (TaskRelation.CREATOR, "User"),
    "column": (TaskRelation.COLUMN, "BoardColumn"),
    "project": (TaskRelation.PROJECT, "Project"),
    "labels": (TaskRelation.LABELS, "Label"),
    "commentCount": (TaskRelation.COMMENT_COUNT, None),
}


def _wanted(selected: SelectedFields) -> TasksWanted:
    return selected.derive(TaskByIdLoader, partial(_tasks_wanted, selected))


def _tasks_wanted(selected: SelectedFields) -> TasksWanted:
    names, fields = selected.names("Task"), selected.attributes("Task")
    return TasksWanted(
        # The loader of a task's events asks for its project.
        fields=None if fields is None else fields | {"project_id"},
        along=tuple(
            (relation, selected.attributes(type_name) if type_name else None)
            for name, (relation, type_name) in _READ_ALONG.items()
            if name in names
        ),
        has_visibility=bool(selected.relations() - {("Task", name) for name in _READ_ALONG}),
    )


class SubtasksByTaskLoader(ListLoader[Task, None]):
    """The tasks below a task."""

    async def read(self, keys: Sequence[UUID], scope: Visibility) -> Mapping[UUID, Sequence[Task]]:
        """Tasks by parent task."""
        return await self.readers.tasks.subtasks(
            keys, scope, fields=self.context.selected.attributes("Task")
        )


class _TaskCountLoader(CountLoader[TaskSelection]):
    parent: TaskParent

    async def read(self, keys: Sequence[UUID], scope: Visibility) -> Mapping[UUID, int]:
        """Counts by parent."""
        return await self.readers.tasks.task_counts(self.parent, keys, self.arguments, scope)


class TaskCountByWorkspaceLoader(_TaskCountLoader):
    """How many of a workspace's tasks are selected."""

    parent = TaskParent.WORKSPACE


class TaskCountByProjectLoader(_TaskCountLoader):
    """How many of a project's tasks are selected."""

    parent = TaskParent.PROJECT


class TaskCountByColumnLoader(_TaskCountLoader):
    """How many of a column's tasks are selected."""

    parent = TaskParent.COLUMN


class _TasksLoader(ConnectionLoader[TaskListing]):
    parent: TaskParent
    counted_by: type[_TaskCountLoader]

    async def read_windows(
        self, keys: Sequence[UUID], scope: Visibility
    ) -> Mapping[UUID, Window[Task]]:
        """Pages by parent, and how many comments the tasks have, if the operation asks."""
        listing, selected = self.arguments, self.context.selected
        windows = await self.readers.tasks.tasks_of(
            self.parent,
            keys,
            listing.selection,
            listing.page,
            scope,
            fields=selected.derive(_TasksLoader, partial(_fields, selected)),
        )
        count_by_task_id = {
            task.id: count
            for window in windows.values()
            for task, count in zip(window.items, window.counts, strict=False)
        }
        self.context.loaders.prime(CommentCountByTaskLoader, count_by_task_id)
        return windows

    def total(self, key: UUID) -> CountKey:
        """All selected tasks of the parent."""
        return CountKey(self.counted_by, self.arguments.selection, key)


def _fields(selected: SelectedFields) -> Fields:
    fields = selected.attributes("Task")
    if fields is None or "commentCount" not in selected.names("Task"):
        return fields
    return fields | {COMMENT_COUNT}


class TasksByWorkspaceLoader(_TasksLoader):
    """Pages of a workspace's tasks."""

    parent = TaskParent.WORKSPACE
    counted_by = TaskCountByWorkspaceLoader


class TasksByProjectLoader(_TasksLoader):
    """Pages of a project's tasks."""

    parent = TaskParent.PROJECT
    counted_by = TaskCountByProjectLoader


class TasksByColumnLoader(_TasksLoader):
    """Pages of a column's tasks, in board order."""

    parent = TaskParent.COLUMN
    counted_by = TaskCountByColumnLoader


class TaskByKeyLoader(Loader[str, Task | None, str | None]):
    """The task with a human key, in the workspace with the slug or among all of the viewer's."""

    async def load_batch(self, keys: Sequence[str]) -> Sequence[Task | None]:
        """N keys → n tasks; a statement for each, as operations ask for one."""
        scope = await self.context.visibility()
        read = self.readers.tasks.tasks_with_key
        return [the_only(await read(key, self.arguments, scope)) for key in keys]
