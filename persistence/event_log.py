"""Reading the log of each project: the truth behind every live view."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, Uuid, bindparam, select

from domain.events import FieldChange, ProjectEvent
from domain.identifiers import ProjectId, TaskId
from persistence.availability import answering
from persistence.compiled_statements import CompiledStatement, is_one_of
from persistence.database import Database
from persistence.stores import EntityMapping
from persistence.tables import project_events, projects


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPosition:
    """What is in one project's log: `first_seq` is None while it is empty, `last_seq` then 0."""

    first_seq: int | None
    last_seq: int


def _changes(json: str) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(field=change["field"], before=change["before"], after=change["after"])
        for change in orjson.loads(json)
    )


EVENTS: Final = EntityMapping(ProjectEvent, project_events, decoders={"changes": _changes})

_events_behind = (
    EVENTS.select()
    .where(
        project_events.c.project_id == bindparam("project_id", type_=Uuid),
        project_events.c.seq > bindparam("after", type_=BigInteger),
    )
    .order_by(project_events.c.seq)
    .limit(bindparam("row_limit", type_=BigInteger))
)
_READ: Final = CompiledStatement(_events_behind)
_READ_OF_TASK: Final = CompiledStatement(
    _events_behind.where(project_events.c.task_id == bindparam("task_id", type_=Uuid))
)

_oldest_seq = (
    select(project_events.c.seq)
    .where(project_events.c.project_id == projects.c.id)
    .order_by(project_events.c.seq)
    .limit(1)
    .scalar_subquery()
)
_POSITIONS: Final = CompiledStatement(
    select(projects.c.id, _oldest_seq, projects.c.event_seq).where(
        is_one_of(projects.c.id, "project_ids")
    )
)


class EventLog:
    """The events of each project in order.

    The database must be the primary: a replica that lags looks like a log that was cut.
    Raises Unavailable while it can't be reached.
    """

    def __init__(self, database: Database) -> None:
        self._reads = database.reads

    async def read(
        self, project_id: ProjectId, *, after: int, limit: int, task_id: TaskId | None = None
    ) -> Sequence[ProjectEvent]:
        """Up to `limit` retained events behind `after`, ascending; of one task if it is named."""
        parameters = {
            "project_id": project_id, "after": after, "row_limit": limit, "task_id": task_id,
        }  # fmt: skip
        read = _READ if task_id is None else _READ_OF_TASK
        async with answering():
            rows = await self._reads.fetch(read, parameters)
        return EVENTS.entities(rows)

    async def positions(self, project_ids: Collection[UUID]) -> dict[ProjectId, LogPosition]:
        """The state of each log, all seen at one instant; no entry for an unknown project."""
        async with answering():
            rows = await self._reads.fetch(_POSITIONS, {"project_ids": list(project_ids)})
        return {
            project_id: LogPosition(first_seq=first_seq, last_seq=last_seq)
            for project_id, first_seq, last_seq in rows
        }
