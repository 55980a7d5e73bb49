import asyncio
from datetime import timedelta

import pytest

from persistence.database import Database
from persistence.leases import Lease, Leases
from persistence.outbox import LeaseLost, Outbox, OutboxLag
from tests.builders.events import WrittenProject, a_written_project

pytestmark = pytest.mark.stack


@pytest.fixture
async def project(database: Database) -> WrittenProject:
    return await a_written_project(database)


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


async def _a_lease(database: Database, duration: timedelta = timedelta(minutes=5)) -> Lease:
    lease = await Leases(database, holder="test", duration=duration).acquire("relay")
    assert lease is not None
    return lease


async def test_every_recorded_event_waits_in_order(project: WrittenProject, outbox: Outbox) -> None:
    recorded = [*await project.write(3), *await project.write(2)]
    assert [entry.event for entry in await outbox.fetch(10)] == recorded
    assert [entry.event for entry in await outbox.fetch(2)] == recorded[:2]


async def test_concurrent_projects_keep_their_own_order(database: Database, outbox: Outbox) -> None:
    projects = [await a_written_project(database) for _ in range(4)]

    async def write_often(project: WrittenProject) -> None:
        for count in (1, 3, 2, 1, 3):
            await project.write(count)

    async with asyncio.TaskGroup() as group:
        for project in projects * 3:
            group.create_task(write_often(project))
    entries = await outbox.fetch(1000)
    for project in projects:
        seqs = [entry.event.seq for entry in entries if entry.event.project_id == project.id]
        assert seqs == list(range(1, 31))


async def test_what_was_delivered_is_removed_and_the_rest_stays(
    database: Database, project: WrittenProject, outbox: Outbox
) -> None:
    await project.write(5)
    entries = await outbox.fetch(10)
    lease = await _a_lease(database)
    assert await outbox.remove([entry.id for entry in entries[:3]], lease=lease) == 3
    assert await outbox.fetch(10) == entries[3:]
    assert await outbox.remove([entry.id for entry in entries], lease=lease) == 2


async def test_a_holder_whose_term_was_taken_over_removes_nothing(
    database: Database, project: WrittenProject, outbox: Outbox
) -> None:
    await project.write(2)
    entries = await outbox.fetch(10)
    lost = await _a_lease(database, timedelta(microseconds=1))
    await _a_lease(database)
    with pytest.raises(LeaseLost):
        await outbox.remove([entry.id for entry in entries], lease=lost)
    assert await outbox.fetch(10) == entries


async def test_the_lag_is_the_number_and_the_age_of_what_waits(
    database: Database, project: WrittenProject, outbox: Outbox
) -> None:
    assert await outbox.lag() == OutboxLag(events=0, seconds=0)
    await project.write(4)
    first = await outbox.lag()
    assert first.events == 4
    assert (await outbox.lag()).seconds > first.seconds > 0
    lease = await _a_lease(database)
    await outbox.remove([entry.id for entry in await outbox.fetch(10)], lease=lease)
    assert await outbox.lag() == OutboxLag(events=0, seconds=0)
