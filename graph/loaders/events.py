"""Loaders of the projects' logs."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from domain.events import Cursor, ProjectEvent
from domain.queries import EventParent, Page, Window
from domain.readers import Visibility
from graph.connections import ConnectionLoader, CountKey
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


class _EventsLoader(ConnectionLoader[Page]):
    parent: EventParent
    counted_by: type[_EventCountLoader]

    async def read_windows(
        self, keys: Sequence[UUID], scope: Visibility
    ) -> Mapping[UUID, Window[ProjectEvent]]:
        """Pages by parent."""
        return await self.readers.events.events_of(self.parent, keys, self.arguments, scope)

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


class EventsByTaskLoader(_EventsLoader):
    """Pages of what happened to a task."""

    parent = EventParent.TASK
    counted_by = EventCountByTaskLoader
