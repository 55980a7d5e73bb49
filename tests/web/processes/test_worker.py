from collections.abc import Iterator
from datetime import timedelta

import pytest

from persistence.database import Database
from persistence.leases import Leases
from web.processes.worker import LEASE_NAME, Worker

pytestmark = pytest.mark.stack

_MINUTE = timedelta(minutes=1)


class Batches:
    """Something that deletes batches of given sizes and then finds nothing."""

    def __init__(self, *sizes: int) -> None:
        self._sizes: Iterator[int] = iter(sizes)
        self.calls = 0

    async def delete(self) -> int:
        self.calls += 1
        return next(self._sizes, 0)


def _worker(database: Database, **batches: Batches) -> Worker:
    return Worker(
        leases=Leases(database, holder="worker", duration=_MINUTE),
        delete_batch_by_kind={kind: batch.delete for kind, batch in batches.items()},
        batch_rows=10,
    )


async def test_a_round_deletes_each_kind_until_a_batch_is_not_full(database: Database) -> None:
    sessions, events = Batches(10, 10, 3), Batches(0)
    await _worker(database, sessions=sessions, events=events).keep_house()
    assert (sessions.calls, events.calls) == (3, 1)


async def test_a_worker_leaves_the_house_to_the_one_who_keeps_it(database: Database) -> None:
    other = Leases(database, holder="other", duration=_MINUTE)
    lease = await other.acquire(LEASE_NAME)
    assert lease is not None
    events = Batches(3)
    await _worker(database, events=events).keep_house()
    assert events.calls == 0
    await other.release(lease)
    await _worker(database, events=events).keep_house()
    assert events.calls == 1


async def test_a_round_that_fails_gives_the_lease_back(database: Database) -> None:
    class Broken(Batches):
        async def delete(self) -> int:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await _worker(database, events=Broken()).keep_house()
    events = Batches(3)
    await _worker(database, events=events).keep_house()
    assert events.calls == 1
