"""`domain.readers.EventReader` on Postgres."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import Row, func, select

from domain.errors import InvalidInput
from domain.events import FieldChange, ProjectEvent
from domain.queries import EventParent, Page, Window
from domain.readers import Visibility
from persistence.database import Database
from persistence.readers.entities import counts, is_visible
from persistence.readers.windows import (
    SortKey,
    is_one_of,
    sort_values_cursor,
    window_statement,
    windows,
)
from persistence.stores import EntityMapping
from persistence.tables import project_events

_EVENTS: Final = EntityMapping(ProjectEvent, project_events)
_BY_SEQ: Final = (SortKey(expression=project_events.c.seq, value_type=int),)
_PARENT_COLUMN: Final = {
    EventParent.PROJECT: project_events.c.project_id,
    EventParent.TASK: project_events.c.task_id,
}


class PostgresEventReader:
    """The projects' logs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def events(self, ids: Collection[UUID], scope: Visibility) -> Mapping[UUID, ProjectEvent]:
        """By id."""
        rows = await self._database.fetch(
            _EVENTS.select().where(
                is_one_of(project_events.c.id, ids),
                is_visible(project_events.c.workspace_id, scope),
            )
        )
        return {row.id: _event(row) for row in rows}

    async def events_of(
        self, parent: EventParent, parent_ids: Collection[UUID], page: Page, scope: Visibility
    ) -> Mapping[UUID, Window[ProjectEvent]]:
        """By project or task, oldest first; the page's cursors are seqs in decimal."""
        by_sort_value = replace(
            page,
            after=_sort_cursor(page.after, "after"),
            before=_sort_cursor(page.before, "before"),
        )
        statement = window_statement(
            _EVENTS.select().where(is_visible(project_events.c.workspace_id, scope)),
            parent=_PARENT_COLUMN[parent],
            parent_ids=parent_ids,
            order=_BY_SEQ,
            page=by_sort_value,
        )
        rows = await self._database.fetch(statement)
        by_parent_id = windows(rows, order=_BY_SEQ, page=by_sort_value, entity=_event)
        return {
            parent_id: replace(window, cursors=tuple(str(event.seq) for event in window.items))
            for parent_id, window in by_parent_id.items()
        }

    async def event_counts(
        self, parent: EventParent, parent_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, int]:
        """By project or task; what retention removed no longer counts."""
        column = _PARENT_COLUMN[parent]
        statement = (
            select(column, func.count())
            .where(is_one_of(column, parent_ids), is_visible(project_events.c.workspace_id, scope))
            .group_by(column)
        )
        return counts(await self._database.fetch(statement))


def _sort_cursor(seq: str | None, field: str) -> str | None:
    if seq is None:
        return None
    if not seq.isdecimal():
        raise InvalidInput("Not a position in an event sequence.", field=(field,))
    return sort_values_cursor([int(seq)])


def _event(values: Row[Any] | Sequence[object]) -> ProjectEvent:
    event = _EVENTS.entity(values)
    changes = cast("Sequence[Mapping[str, Any]]", event.changes)
    return replace(
        event,
        changes=tuple(
            FieldChange(field=c["field"], before=c["before"], after=c["after"]) for c in changes
        ),
    )
