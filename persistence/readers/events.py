"""`domain.readers.EventReader` on Postgres."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final
from uuid import UUID

from domain.errors import InvalidInput
from domain.events import ProjectEvent
from domain.queries import EventParent, Page, Window
from domain.reads import Visibility
from persistence.event_log import EVENTS
from persistence.read_pool import ReadPool
from persistence.readers.cursors import Cursors, encoded_cursor
from persistence.readers.entities import ReadById, ReadCounts, is_visible, visible
from persistence.readers.windows import SortKey, WindowBounds, WindowRead, WindowShape
from persistence.tables import project_events

_BY_SEQ: Final = (SortKey(expression=project_events.c.seq, value_type=int),)
_PARENT_COLUMN: Final = {
    EventParent.PROJECT: project_events.c.project_id,
    EventParent.TASK: project_events.c.task_id,
}
_BY_ID: Final = ReadById(EVENTS)
_COUNTS: Final = {
    parent: ReadCounts(column, is_visible(project_events.c.workspace_id))
    for parent, column in _PARENT_COLUMN.items()
}


class PostgresEventReader:
    """The projects' logs."""

    def __init__(self, reads: ReadPool) -> None:
        self._reads = reads

    async def events(self, ids: Collection[UUID], scope: Visibility) -> Mapping[UUID, ProjectEvent]:
        """By id."""
        return await _BY_ID.run(self._reads, ids, scope)

    async def events_of(
        self, parent: EventParent, parent_ids: Collection[UUID], page: Page, scope: Visibility
    ) -> Mapping[UUID, Window[ProjectEvent]]:
        """By project or task, oldest first; the page's cursors are seqs in decimal."""
        by_sort_value = replace(
            page,
            after=_sort_cursor(page.after, "after"),
            before=_sort_cursor(page.before, "before"),
        )
        bounds = WindowBounds(by_sort_value, _BY_SEQ)
        read = _events_of(parent, bounds.shape)
        windows = await read.run(self._reads, parent_ids, bounds, visible(scope))
        return {
            parent_id: replace(window, cursors=Cursors(window.items, _seq))
            for parent_id, window in windows.items()
        }

    async def event_counts(
        self, parent: EventParent, parent_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, int]:
        """By project or task; what retention removed no longer counts."""
        return await _COUNTS[parent].run(self._reads, parent_ids, visible(scope))


@lru_cache(maxsize=32)
def _events_of(parent: EventParent, shape: WindowShape) -> WindowRead[ProjectEvent]:
    return WindowRead(
        EVENTS,
        EVENTS.select().where(is_visible(project_events.c.workspace_id)),
        parent=_PARENT_COLUMN[parent],
        order=_BY_SEQ,
        shape=shape,
    )


def _seq(event: ProjectEvent) -> str:
    return str(event.seq)


def _sort_cursor(seq: str | None, field: str) -> str | None:
    if seq is None:
        return None
    if not seq.isdecimal():
        raise InvalidInput("Not a position in an event sequence.", field=(field,))
    return encoded_cursor([int(seq)])
