"""The transactional outbox: committed events on their way to Kafka."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import BigInteger, Text, any_, bindparam, delete, exists, extract, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.errors import TaskwireError
from domain.events import ProjectEvent
from persistence.availability import answering
from persistence.compiled_statements import CompiledStatement
from persistence.database import Database
from persistence.event_log import EVENTS
from persistence.leases import Lease
from persistence.tables import leases, outbox, project_events


class LeaseLost(TaskwireError):
    """The holder's term is over: somebody else acts now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """One event that waits; `id` grows along each project's sequence."""

    id: int
    event: ProjectEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxLag:
    """How many events wait, and since when the oldest does; both 0 when none does."""

    events: int
    seconds: float


_FETCH: Final = CompiledStatement(
    EVENTS.select()
    .add_columns(outbox.c.id)
    .join_from(
        outbox,
        project_events,
        (outbox.c.project_id == project_events.c.project_id)
        & (outbox.c.seq == project_events.c.seq),
    )
    .order_by(outbox.c.id)
    .limit(bindparam("row_limit", type_=BigInteger))
)
# The share lock makes a new term wait until the removal has committed.
_held = (
    select(leases.c.epoch)
    .where(
        leases.c.name == bindparam("name", type_=Text),
        leases.c.epoch == bindparam("epoch", type_=BigInteger),
    )
    .with_for_update(read=True)
    .cte("held")
)
_removed = (
    delete(outbox)
    .where(
        outbox.c.id == any_(bindparam("ids", type_=ARRAY(BigInteger))),
        exists(select(_held.c.epoch)),
    )
    .returning(outbox.c.id)
    .cte("removed")
)
_remove = select(
    exists(select(_held.c.epoch)), select(func.count()).select_from(_removed).scalar_subquery()
)
_age = extract("epoch", func.clock_timestamp() - func.min(outbox.c.created_at))
_lag = select(func.count().label("events"), func.coalesce(_age, 0).label("seconds")).select_from(
    outbox
)


class Outbox:
    """The events nobody has handed to Kafka yet.

    Raises Unavailable while Postgres can't be reached.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fetch(self, limit: int) -> Sequence[OutboxEntry]:
        """The oldest entries, in an order that is every project's own; they stay."""
        async with answering():
            rows = await self._database.reads.fetch(_FETCH, {"row_limit": limit})
        events = EVENTS.entities(rows, extra=1)
        return [
            OutboxEntry(id=row[-1], event=event) for row, event in zip(rows, events, strict=True)
        ]

    async def remove(self, ids: Collection[int], *, lease: Lease) -> int:
        """Forget entries that were delivered → how many of them were still there.

        Raises LeaseLost, and removes none, when a newer term of the lease has begun.
        """
        parameters = {"ids": list(ids), "name": lease.name, "epoch": lease.epoch}
        async with answering(), self._database.transaction() as connection:
            is_held, count = (await connection.execute(_remove, parameters)).one()
        if not is_held:
            raise LeaseLost(f"{lease.holder} no longer holds {lease.name}")
        return int(count)

    async def lag(self) -> OutboxLag:
        """How far delivery is behind."""
        async with answering():
            [row] = await self._database.fetch(_lag)
        return OutboxLag(events=row.events, seconds=max(0.0, float(row.seconds)))
