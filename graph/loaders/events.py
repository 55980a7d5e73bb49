"""Loaders of the projects' logs."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.errors import InvalidInput
from domain.events import Cursor, ProjectEvent
from domain.identifiers import ProjectId
from domain.queries import EventParent, Page, Window
from domain.reads import Visibility
from graph.connections import ConnectionLoader, CountKey
from graph.loaders.tasks import TaskByIdLoader
from graph.loading import CountLoader, EntityLoader


class ProjectEventByIdLoader(EntityLoader[ProjectEvent]):
    """Events."""

    async def read(
        self, keys: Sequence[UUID], scope: Visibility
    ) -> Mapping[UUID, ProjectEvent | None]:
        """Events by id."""
        return await self.readers.events.events(keys, scope)


class _EventCountLoader(CountLoader[None]):
    parent: EventParent

    async def read(self, keys: Sequence[UUID], scope: Visibility) -> Mapping[UUID, int]:
        """Counts by parent."""
        return await self.readers.events.event_counts(self.parent, keys, scope)


class EventCountByProjectLoader(_EventCountLoader):
    """How many events a project's log holds."""

    parent = EventParent.PROJECT


class EventCountByTaskLoader(_EventCountLoader):
    """How many events tell of a task."""

    parent = EventParent.TASK


@dataclass(frozen=True, slots=True, kw_only=True)
class EventListing:
    """Which page of a log, and the projects that the page's bounds are positions in."""

    page: Page
    project_ids: frozenset[ProjectId]


class _EventsLoader(ConnectionLoader[EventListing]):
    parent: EventParent
    counted_by: type[_EventCountLoader]

    @abstractmethod
    async def project_ids(self, keys: Sequence[UUID]) -> frozenset[UUID]:
        """The projects whose logs are read."""

    async def read_windows(
        self, keys: Sequence[UUID], scope: Visibility
    ) -> Mapping[UUID, Window[ProjectEvent]]:
        """Pages by parent; raise InvalidInput when a bound is a position in another log."""
        bounds = self.arguments.project_ids
        if bounds and await self.project_ids(keys) != bounds:
            raise InvalidInput("This cursor belongs to another project.", field=("after",))
        return await self.readers.events.events_of(self.parent, keys, self.arguments.page, scope)

    def total(self, key: UUID) -> CountKey:
        """All retained events of the parent."""
        return CountKey(self.counted_by, None, key)

    def cursors(self, key: UUID, window: Window[Any]) -> Sequence[Cursor]:  # noqa: ARG002
        """The events' positions."""
        return [Cursor(event.project_id, event.seq) for event in window.items]


class EventsByProjectLoader(_EventsLoader):
    """Pages of a project's log."""

    parent = EventParent.PROJECT
    counted_by = EventCountByProjectLoader

    async def project_ids(self, keys: Sequence[UUID]) -> frozenset[UUID]:
        """The parents themselves."""
        return frozenset(keys)


class EventsByTaskLoader(_EventsLoader):
    """Pages of what happened to a task."""

    parent = EventParent.TASK
    counted_by = EventCountByTaskLoader

    async def project_ids(self, keys: Sequence[UUID]) -> frozenset[UUID]:
        """The projects of the tasks."""
        tasks = await self.context.loaders.get(TaskByIdLoader).load_many(list(keys))
        return frozenset(task.project_id for task in tasks if task is not None)
