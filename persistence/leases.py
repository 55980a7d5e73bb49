"""Leases: who may act alone, decided by the database's clock."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import BigInteger, Interval, Text, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from persistence.availability import answering
from persistence.database import Database
from persistence.tables import leases

# Told whenever a lease is given back, with its name, so that whoever waits for it tries at once.
LEASES_CHANNEL: Final = "taskwire_leases"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One term of one holder. No other term of this name has the same `epoch`."""

    name: str
    holder: str
    epoch: int


# The clock, not now(): the statement may have waited for the row.
_expiry = func.clock_timestamp() + bindparam("duration", type_=Interval)
_taken = insert(leases).values(
    name=bindparam("name", type_=Text),
    holder=bindparam("holder", type_=Text),
    epoch=1,
    expires_at=_expiry,
)
_acquire = _taken.on_conflict_do_update(
    index_elements=[leases.c.name],
    set_={
        "holder": _taken.excluded.holder,
        "epoch": leases.c.epoch + 1,
        "expires_at": _taken.excluded.expires_at,
    },
    where=leases.c.expires_at <= func.clock_timestamp(),
).returning(leases.c.epoch)
_own = (leases.c.name == bindparam("own_name", type_=Text)) & (
    leases.c.epoch == bindparam("own_epoch", type_=BigInteger)
)
_renew = (
    update(leases)
    .where(_own, leases.c.expires_at > func.clock_timestamp())
    .values(expires_at=_expiry)
    .returning(leases.c.epoch)
)
_release = update(leases).where(_own).values(expires_at=text("'-infinity'"))
_announce = select(func.pg_notify(LEASES_CHANNEL, bindparam("name", type_=Text)))


class Leases:
    """The leases one process asks for. `holder` names it in the table, for people to read.

    Raises Unavailable while Postgres can't be reached.
    """

    def __init__(self, database: Database, *, holder: str, duration: timedelta) -> None:
        self._database = database
        self._holder = holder
        self.duration = duration

    async def acquire(self, name: str) -> Lease | None:
        """A new term, or None while another one runs."""
        parameters = {"name": name, "holder": self._holder, "duration": self.duration}
        async with answering(), self._database.transaction() as connection:
            epoch = await connection.scalar(_acquire, parameters)
        return None if epoch is None else Lease(name=name, holder=self._holder, epoch=epoch)

    async def renew(self, lease: Lease) -> bool:
        """Extend the term by its duration from now; False when it is over."""
        parameters = {
            "own_name": lease.name,
            "own_epoch": lease.epoch,
            "duration": self.duration,
        }
        async with answering(), self._database.transaction() as connection:
            return await connection.scalar(_renew, parameters) is not None

    async def release(self, lease: Lease) -> None:
        """End the term, so that the next holder need not wait; nothing happens when it is over."""
        async with answering(), self._database.transaction() as connection:
            await connection.execute(_release, {"own_name": lease.name, "own_epoch": lease.epoch})
            await connection.execute(_announce, {"name": lease.name})
