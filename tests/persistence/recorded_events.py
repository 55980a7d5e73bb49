"""The rows of the event log, read plainly."""

from collections.abc import Sequence
from dataclasses import replace

from domain.events import FieldChange, ProjectEvent
from domain.identifiers import ProjectId
from persistence.database import Database
from persistence.stores import EntityMapping
from persistence.tables import project_events

_EVENTS = EntityMapping(ProjectEvent, project_events)


class EventTable:
    """What a test reads of `project_events`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, project_id: ProjectId) -> Sequence[ProjectEvent]:
        """The project's log in order."""
        statement = (
            _EVENTS.select()
            .where(project_events.c.project_id == project_id)
            .order_by(project_events.c.seq)
        )
        rows = await self._database.fetch(statement)
        return [_with_changes(_EVENTS.entity(row)) for row in rows]


def _with_changes(event: ProjectEvent) -> ProjectEvent:
    changes = [FieldChange(**change) for change in event.changes]  # type: ignore[arg-type]
    return replace(event, changes=tuple(changes))
