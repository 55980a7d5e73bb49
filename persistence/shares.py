"""Work in shards: each done by one process at a time, all shared out fairly among them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import (
    BigInteger,
    Interval,
    Text,
    any_,
    bindparam,
    column,
    delete,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from persistence.availability import answering
from persistence.database import Database
from persistence.leases import LEASES_CHANNEL, Lease
from persistence.tables import leases

# A member of which nothing was heard for so long is gone for good.
_FORGET_AFTER: Final = timedelta(hours=1)

_expiry = func.clock_timestamp() + bindparam("duration", type_=Interval)
_is_running = leases.c.expires_at > func.clock_timestamp()
_names = bindparam("names", type_=ARRAY(Text))
_epochs = bindparam("epochs", type_=ARRAY(BigInteger))

# A process is the only one of its name, so it needs nobody's leave to be there.
_presence = insert(leases).values(
    name=bindparam("name", type_=Text),
    holder=bindparam("holder", type_=Text),
    epoch=1,
    expires_at=_expiry,
)
_attend = _presence.on_conflict_do_update(
    index_elements=[leases.c.name], set_={"expires_at": _presence.excluded.expires_at}
)
_forget = delete(leases).where(
    leases.c.name.like(bindparam("pattern", type_=Text)),
    leases.c.expires_at < func.clock_timestamp() - literal(_FORGET_AFTER, Interval),
)
_wanted = (
    func.unnest(_names, _epochs)
    .table_valued(column("name", Text), column("epoch", BigInteger))
    .render_derived()
)
# In the order of their names, as everybody locks several of them, so that nobody waits in a circle.
_locked = (
    select(leases.c.name)
    .join(_wanted, (leases.c.name == _wanted.c.name) & (leases.c.epoch == _wanted.c.epoch))
    .order_by(leases.c.name)
    .with_for_update(of=leases)
    .cte("locked")
)
_renew = (
    update(leases)
    .where(leases.c.name == _locked.c.name, _is_running)
    .values(expires_at=_expiry)
    .returning(leases.c.name)
)
_survey = select(leases.c.name, leases.c.holder, _is_running.label("is_running")).where(
    leases.c.name.like(bindparam("pattern", type_=Text))
)
_free = func.unnest(_names).table_valued(column("name", Text)).render_derived()
_taken = insert(leases).from_select(
    ["name", "holder", "epoch", "expires_at"],
    select(_free.c.name, bindparam("holder", type_=Text), literal(1, BigInteger), _expiry).order_by(
        _free.c.name
    ),
)
_take = _taken.on_conflict_do_update(
    index_elements=[leases.c.name],
    set_={
        "holder": _taken.excluded.holder,
        "epoch": leases.c.epoch + 1,
        "expires_at": _taken.excluded.expires_at,
    },
    where=leases.c.expires_at <= func.clock_timestamp(),
).returning(leases.c.name, leases.c.epoch)
_release = (
    update(leases).where(leases.c.name == _locked.c.name).values(expires_at=text("'-infinity'"))
)
_leave = delete(leases).where(leases.c.name == any_(_names))
_announce = select(func.pg_notify(LEASES_CHANNEL, bindparam("work", type_=Text)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """How the work is shared out: what this member still holds, may hold, and could take."""

    held: frozenset[str]
    share: int
    free: Sequence[str]


class Shares:
    """One member's part in `work`, which has `count` shards under leases `{work}/0` and on.

    Shares differ by one at most. Raises Unavailable while Postgres can't be reached.
    """

    def __init__(
        self, database: Database, *, work: str, count: int, holder: str, duration: timedelta
    ) -> None:
        self._database = database
        self._work = work
        self._names = frozenset(f"{work}/{number}" for number in range(count))
        self._holder = holder
        self._member_prefix = f"{work}/member/"
        self.duration = duration

    async def survey(self, held: Collection[Lease]) -> Survey:
        """Extend this member's presence and its leases, and look at everybody's."""
        async with answering(), self._database.transaction() as connection:
            await connection.execute(
                _attend,
                {"name": self._own_name, "holder": self._holder, "duration": self.duration},
            )
            renewed = await connection.scalars(_renew, {**_lists(held), "duration": self.duration})
            kept = frozenset(renewed)
            rows = (await connection.execute(_survey, {"pattern": f"{self._work}/%"})).all()
        # This member even if its presence ran out again before the answer came.
        members = {self._holder} | {
            row.holder
            for row in rows
            if row.is_running and row.name.startswith(self._member_prefix)
        }
        taken = {row.name for row in rows if row.is_running}
        rank = sorted(members).index(self._holder)
        share, rest = divmod(len(self._names), len(members))
        return Survey(held=kept, share=share + (rank < rest), free=sorted(self._names - taken))

    async def take(self, names: Collection[str]) -> Sequence[Lease]:
        """New terms of those that are free."""
        parameters = {"names": list(names), "holder": self._holder, "duration": self.duration}
        async with answering(), self._database.transaction() as connection:
            rows = (await connection.execute(_take, parameters)).all()
        return [Lease(name=row.name, holder=self._holder, epoch=row.epoch) for row in rows]

    async def give_back(self, held: Collection[Lease]) -> None:
        """End these terms, and tell the others."""
        async with answering(), self._database.transaction() as connection:
            await connection.execute(_release, _lists(held))
            await connection.execute(_announce, {"work": self._work})

    async def arrive(self) -> None:
        """Tell the others that there is one more, and forget who left without a word."""
        parameters = {"name": self._own_name, "holder": self._holder, "duration": self.duration}
        async with answering(), self._database.transaction() as connection:
            await connection.execute(_forget, {"pattern": f"{self._member_prefix}%"})
            await connection.execute(_attend, parameters)
            await connection.execute(_announce, {"work": self._work})

    async def leave(self, held: Collection[Lease]) -> None:
        """End everything this member has, so that the others need not wait for it to run out."""
        async with answering(), self._database.transaction() as connection:
            await connection.execute(_leave, {"names": [self._own_name]})
            await connection.execute(_release, _lists(held))
            await connection.execute(_announce, {"work": self._work})

    @property
    def _own_name(self) -> str:
        return f"{self._member_prefix}{self._holder}"


def _lists(held: Collection[Lease]) -> dict[str, object]:
    return {"names": [lease.name for lease in held], "epochs": [lease.epoch for lease in held]}
