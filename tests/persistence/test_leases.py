from datetime import timedelta

import pytest

from persistence.database import Database
from persistence.leases import Leases

pytestmark = pytest.mark.stack

_LONG = timedelta(minutes=5)
# Over before anybody can ask again.
_SHORT = timedelta(microseconds=1)


def _leases(database: Database, holder: str, duration: timedelta = _LONG) -> Leases:
    return Leases(database, holder=holder, duration=duration)


async def test_one_holds_a_lease_and_the_others_do_not(database: Database) -> None:
    lease = await _leases(database, "first").acquire("relay")
    assert lease is not None
    assert await _leases(database, "second").acquire("relay") is None
    assert await _leases(database, "second").acquire("housekeeping") is not None


async def test_every_new_holder_has_a_higher_epoch(database: Database) -> None:
    epochs = []
    for holder in ("first", "second", "first"):
        lease = await _leases(database, holder, _SHORT).acquire("relay")
        assert lease is not None
        epochs.append(lease.epoch)
    assert epochs == [1, 2, 3]


async def test_a_renewed_lease_stays_with_its_holder(database: Database) -> None:
    first = _leases(database, "first")
    lease = await first.acquire("relay")
    assert lease is not None
    assert await first.renew(lease)
    assert await _leases(database, "second").acquire("relay") is None


async def test_a_lease_that_ran_out_cannot_be_renewed(database: Database) -> None:
    first = _leases(database, "first", _SHORT)
    lease = await first.acquire("relay")
    assert lease is not None
    assert not await first.renew(lease)
    assert await _leases(database, "second").acquire("relay") is not None
    assert not await _leases(database, "first").renew(lease)


async def test_a_released_lease_is_free_at_once(database: Database) -> None:
    first = _leases(database, "first")
    lease = await first.acquire("relay")
    assert lease is not None
    await first.release(lease)
    assert await _leases(database, "second").acquire("relay") is not None


async def test_a_lease_that_was_lost_cannot_be_released_from_its_new_holder(
    database: Database,
) -> None:
    lost = await _leases(database, "first", _SHORT).acquire("relay")
    assert lost is not None
    second = _leases(database, "second")
    held = await second.acquire("relay")
    assert held is not None
    await _leases(database, "first").release(lost)
    assert await second.renew(held)
