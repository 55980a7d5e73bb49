"""Deleting what has served its time, a bounded batch at a time."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Delete,
    Interval,
    Table,
    bindparam,
    delete,
    func,
    select,
    tuple_,
)

from persistence.availability import answering
from persistence.database import Database
from persistence.tables import (
    idempotency_keys,
    invitations,
    outbox,
    project_events,
    projects,
    sessions,
)

# How long a revoked session stays, so that the reuse of one of its tokens can be told from noise.
REVOKED_SESSION_RETENTION: Final = timedelta(days=7)
# How long an invitation stays after its end, so that its link says that it has expired.
ENDED_INVITATION_RETENTION: Final = timedelta(days=30)

_limit = bindparam("batch_size", type_=BigInteger)
_cutoff = func.now() - bindparam("retention", type_=Interval)


def _batch(table: Table, condition: ColumnElement[bool]) -> Delete:
    """Delete a batch of the table's rows; rows that somebody holds wait for the next time."""
    key = tuple_(*table.primary_key)
    doomed = (
        select(*table.primary_key).where(condition).limit(_limit).with_for_update(skip_locked=True)
    )
    return delete(table).where(key.in_(doomed))


_delete_sessions = _batch(
    sessions, (sessions.c.expires_at < func.now()) | (sessions.c.revoked_at < _cutoff)
)
_delete_idempotency_keys = _batch(idempotency_keys, idempotency_keys.c.created_at < _cutoff)
_delete_invitations = _batch(invitations, invitations.c.expires_at < _cutoff)

# Some projects with events to delete; the newest of a project never is.
_aged = (
    select(project_events.c.project_id)
    .join(projects, projects.c.id == project_events.c.project_id)
    .where(project_events.c.occurred_at < _cutoff, project_events.c.seq < projects.c.event_seq)
    .order_by(project_events.c.occurred_at)
    .limit(_limit)
    .subquery()
)
# What must stay begins here: the first event that is young, or not on Kafka yet, or the newest.
# Only what lies before it goes, so that a log never has a hole.
_retained = project_events.alias("retained")
_first_young = (
    select(_retained.c.seq)
    .where(_retained.c.project_id == projects.c.id, _retained.c.occurred_at >= _cutoff)
    .order_by(_retained.c.seq)
    .limit(1)
    .scalar_subquery()
)
_first_unsent = (
    select(func.min(outbox.c.seq)).where(outbox.c.project_id == projects.c.id).scalar_subquery()
)
_boundary = (
    # LEAST passes over nulls.
    select(
        projects.c.id, func.least(projects.c.event_seq, _first_young, _first_unsent).label("seq")
    )
    .where(projects.c.id.in_(select(_aged.c.project_id)))
    .subquery()
)
_doomed_events = (
    select(project_events.c.project_id, project_events.c.seq)
    .join(_boundary, _boundary.c.id == project_events.c.project_id)
    .where(project_events.c.seq < _boundary.c.seq)
    .order_by(project_events.c.project_id, project_events.c.seq)
    .limit(_limit)
)
_delete_events = delete(project_events).where(
    tuple_(project_events.c.project_id, project_events.c.seq).in_(_doomed_events)
)


class Housekeeping:
    """Deletes by the database's clock. One statement touches at most `batch_size` rows.

    Every method returns how many rows it deleted; fewer than `batch_size` means
    that nothing is left for now. Raises Unavailable while Postgres can't be reached.
    """

    def __init__(self, database: Database, *, batch_size: int = 1000) -> None:
        self._database = database
        self.batch_size = batch_size

    async def delete_sessions(self) -> int:
        """Sessions that expired or were revoked long ago, with their refresh tokens."""
        return await self._delete(_delete_sessions, REVOKED_SESSION_RETENTION)

    async def delete_invitations(self) -> int:
        """Invitations that expired long ago, accepted or not."""
        return await self._delete(_delete_invitations, ENDED_INVITATION_RETENTION)

    async def delete_idempotency_keys(self, retention: timedelta) -> int:
        """Keys that were first used longer ago than the retention."""
        return await self._delete(_delete_idempotency_keys, retention)

    async def delete_events(self, retention: timedelta) -> int:
        """Events older than the retention that are on Kafka, oldest first.

        Each project keeps its newest event, and never has a hole in what it keeps.
        """
        return await self._delete(_delete_events, retention)

    async def _delete(self, statement: Delete, retention: timedelta) -> int:
        parameters: Mapping[str, object] = {"retention": retention, "batch_size": self.batch_size}
        async with answering(), self._database.transaction() as connection:
            result = await connection.execute(statement, parameters)
        return result.rowcount
