"""Reading the log of each project: the truth behind every live view."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Row, Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.events import FieldChange, ProjectEvent
from domain.identifiers import EventId, ProjectId, TaskId, UserId, WorkspaceId
from persistence.availability import answering
from persistence.database import Database
from persistence.tables import project_events, projects


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPosition:
    """What is in one project's log: `first_seq` is None while it is empty, `last_seq` then 0."""

    first_seq: int | None
    last_seq: int


_read = (
    select(project_events)
    .where(
        project_events.c.project_id == bindparam("project_id", type_=Uuid),
        project_events.c.seq > bindparam("after", type_=BigInteger),
    )
    .order_by(project_events.c.seq)
    .limit(bindparam("limit", type_=BigInteger))
)
_read_of_task = _read.where(project_events.c.task_id == bindparam("task_id", type_=Uuid))

_oldest = (
    select(project_events.c.seq)
    .where(project_events.c.project_id == projects.c.id)
    .order_by(project_events.c.seq)
    .limit(1)
    .scalar_subquery()
)
_positions = select(projects.c.id, projects.c.event_seq, _oldest.label("first_seq")).where(
    projects.c.id == any_(bindparam("project_ids", type_=ARRAY(Uuid)))
)


class EventLog:
    """The events of each project in order.

    The database must be the primary: a replica that lags looks like a log that was cut.
    Raises Unavailable while it can't be reached.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(
        self, project_id: ProjectId, *, after: int, limit: int, task_id: TaskId | None = None
    ) -> Sequence[ProjectEvent]:
        """Up to `limit` retained events behind `after`, ascending; of one task if it is named."""
        parameters: dict[str, object] = {"project_id": project_id, "after": after, "limit": limit}
        if task_id is not None:
            parameters["task_id"] = task_id
        async with answering():
            rows = await self._database.fetch(
                _read if task_id is None else _read_of_task, parameters
            )
        return [event_from_row(row) for row in rows]

    async def positions(self, project_ids: Collection[UUID]) -> dict[ProjectId, LogPosition]:
        """The state of each log, all seen at one instant; no entry for an unknown project."""
        async with answering():
            rows = await self._database.fetch(_positions, {"project_ids": list(project_ids)})
        return {
            ProjectId(row.id): LogPosition(first_seq=row.first_seq, last_seq=row.event_seq)
            for row in rows
        }


def event_from_row(row: Row[Any]) -> ProjectEvent:
    """The event in a row that has the columns of `project_events` by their names."""
    return ProjectEvent(
        id=EventId(row.id),
        workspace_id=WorkspaceId(row.workspace_id),
        project_id=ProjectId(row.project_id),
        seq=row.seq,
        kind=row.kind,
        subject_id=row.subject_id,
        task_id=None if row.task_id is None else TaskId(row.task_id),
        actor_id=None if row.actor_id is None else UserId(row.actor_id),
        changes=tuple(
            FieldChange(field=change["field"], before=change["before"], after=change["after"])
            for change in row.changes
        ),
        client_mutation_id=row.client_mutation_id,
        occurred_at=row.occurred_at,
        trace_parent=row.trace_parent,
    )
