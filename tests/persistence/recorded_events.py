"""The rows of the event log, read plainly."""

from collections.abc import Sequence

from sqlalchemy import Uuid, bindparam

from domain.events import ProjectEvent
from domain.identifiers import ProjectId
from persistence.compiled_statements import CompiledStatement
from persistence.database import Database
from persistence.event_log import EVENTS
from persistence.tables import project_events

_LOG = CompiledStatement(
    EVENTS.select()
    .where(project_events.c.project_id == bindparam("project_id", type_=Uuid))
    .order_by(project_events.c.seq)
)


class EventTable:
    """What a test reads of `project_events`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, project_id: ProjectId) -> Sequence[ProjectEvent]:
        """The project's log in order."""
        return EVENTS.entities(await self._database.reads.fetch(_LOG, {"project_id": project_id}))
