"""What relays do, without a relay."""

from collections.abc import Sequence
from datetime import timedelta

from persistence.database import Database
from persistence.leases import Lease
from persistence.outbox import RELAY_SHARDS, RELAY_WORK, Outbox, shard_lease_name
from persistence.shares import Shares


def relay_shares(
    database: Database, *, holder: str = "test", duration: timedelta = timedelta(minutes=5)
) -> Shares:
    """One relay's part."""
    return Shares(database, work=RELAY_WORK, count=RELAY_SHARDS, holder=holder, duration=duration)


async def all_relay_leases(
    database: Database, duration: timedelta = timedelta(minutes=5)
) -> Sequence[Lease]:
    """The leases of every shard; none that runs already."""
    names = [shard_lease_name(shard) for shard in range(RELAY_SHARDS)]
    return await relay_shares(database, duration=duration).take(names)


async def forget_outbox(database: Database) -> None:
    """Let everything that waits count as delivered."""
    outbox = Outbox(database)
    entries = await outbox.fetch(1000, shards=range(RELAY_SHARDS))
    held = await all_relay_leases(database)
    await outbox.remove([entry.id for entry in entries], held=held)
