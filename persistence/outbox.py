"""The transactional outbox: committed events on their way to Kafka."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Integer,
    Text,
    any_,
    bindparam,
    column,
    delete,
    extract,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from domain.events import ProjectEvent
from persistence.availability import answering
from persistence.compiled_statements import CompiledStatement
from persistence.database import Database
from persistence.event_log import EVENTS
from persistence.leases import Lease
from persistence.tables import leases, outbox, project_events

# What relays share out. Written into the names of leases: another number needs a deployment
# in which no two relays run.
RELAY_SHARDS: Final = 16
RELAY_WORK: Final = "relay"


def shard_of(project_id: UUID) -> int:
    """The shard that all events of the project belong to."""
    # The end of an id of version 7 is random.
    return project_id.bytes[-1] % RELAY_SHARDS


def shard_lease_name(shard: int) -> str:
    """The lease under which the shard's events are delivered."""
    return f"{RELAY_WORK}/{shard}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """One event that waits; `id` grows along each project's sequence."""

    id: int
    event: ProjectEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """How many entries there were to forget, and the names of the leases that still ran.

    Entries of other shards stay: they are somebody else's now.
    """

    count: int
    held: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxLag:
    """How many events wait, and since when the oldest does; both 0 when none does."""

    events: int
    seconds: float


_shard = func.mod(func.get_byte(func.uuid_send(outbox.c.project_id), 15), RELAY_SHARDS)
_FETCH: Final = CompiledStatement(
    EVENTS.select()
    .add_columns(outbox.c.id)
    .join_from(
        outbox,
        project_events,
        (outbox.c.project_id == project_events.c.project_id)
        & (outbox.c.seq == project_events.c.seq),
    )
    .where(_shard == any_(bindparam("shards", type_=ARRAY(Integer))))
    .order_by(outbox.c.id)
    .limit(bindparam("row_limit", type_=BigInteger))
)
_wanted = (
    func.unnest(bindparam("names", type_=ARRAY(Text)), bindparam("epochs", type_=ARRAY(BigInteger)))
    .table_valued(column("name", Text), column("epoch", BigInteger))
    .render_derived()
)
# The share lock makes a new term wait until the removal has committed. In the order of the
# names, as leases are renewed, so that nobody waits in a circle.
_held = (
    select(leases.c.name)
    .join(_wanted, (leases.c.name == _wanted.c.name) & (leases.c.epoch == _wanted.c.epoch))
    .order_by(leases.c.name)
    .with_for_update(read=True, of=leases)
    .cte("held")
)
_removed = (
    delete(outbox)
    .where(
        outbox.c.id == any_(bindparam("ids", type_=ARRAY(BigInteger))),
        func.concat(literal(f"{RELAY_WORK}/"), _shard).in_(select(_held.c.name)),
    )
    .returning(outbox.c.id)
    .cte("removed")
)
_remove = select(
    _held.c.name, select(func.count()).select_from(_removed).scalar_subquery().label("removed")
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

    async def fetch(self, limit: int, *, shards: Collection[int]) -> Sequence[OutboxEntry]:
        """The shards' oldest entries, in an order that is every project's own; they stay."""
        parameters = {"row_limit": limit, "shards": list(shards)}
        async with answering():
            rows = await self._database.reads.fetch(_FETCH, parameters)
        events = EVENTS.entities(rows, extra=1)
        return [
            OutboxEntry(id=row[-1], event=event) for row, event in zip(rows, events, strict=True)
        ]

    async def remove(self, ids: Collection[int], *, held: Collection[Lease]) -> Removal:
        """Forget entries that were delivered, of the shards whose leases still run."""
        parameters = {
            "ids": list(ids),
            "names": [lease.name for lease in held],
            "epochs": [lease.epoch for lease in held],
        }
        async with answering(), self._database.transaction() as connection:
            rows = (await connection.execute(_remove, parameters)).all()
        return Removal(
            count=rows[0].removed if rows else 0, held=frozenset(row.name for row in rows)
        )

    async def lag(self) -> OutboxLag:
        """How far delivery is behind."""
        async with answering():
            [row] = await self._database.fetch(_lag)
        return OutboxLag(events=row.events, seconds=max(0.0, float(row.seconds)))
