"""Loaders of tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.entities import Task
from domain.queries import Page, TaskParent, TaskSelection, Window
from domain.readers import Visibility
from graph.connections import ConnectionLoader, CountKey
from graph.loading import CountLoader, EntityLoader, ListLoader


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskListing:
    """Which tasks of a parent, and which page of them."""

    selection: TaskSelection
    page: Page


class TaskByIdLoader(EntityLoader[Task]):
    """Tasks."""

    async def read(self, keys: Sequence[UUID], scope: Visibility) -> Mapping[UUID, Task | None]:
        """Tasks by id."""
        return await self.readers.tasks.tasks(keys, scope)


class SubtasksByTaskLoader(ListLoader[Task, None]):
    """The tasks below a task."""

    async def read(self, keys: Sequence[UUID], scope: Visibility) -> Mapping[UUID, Sequence[Task]]:
        """Tasks by parent task."""
        return await self.readers.tasks.subtasks(keys, scope)


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
        """Pages by parent."""
        listing = self.arguments
        return await self.readers.tasks.tasks_of(
            self.parent, keys, listing.selection, listing.page, scope
        )

    def total(self, key: UUID) -> CountKey:
        """All selected tasks of the parent."""
        return CountKey(self.counted_by, self.arguments.selection, key)


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
