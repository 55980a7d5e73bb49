import asyncio
from datetime import timedelta

import pytest

from persistence.database import Database
from persistence.outbox import RELAY_SHARDS, Outbox, OutboxLag, shard_of
from tests.builders.events import WrittenProject, a_written_project
from tests.builders.relays import all_relay_leases, forget_outbox

pytestmark = pytest.mark.stack

ALL = range(RELAY_SHARDS)


@pytest.fixture
async def project(database: Database) -> WrittenProject:
    return await a_written_project(database)


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


async def test_every_recorded_event_waits_in_order(project: WrittenProject, outbox: Outbox) -> None:
    recorded = [*await project.write(3), *await project.write(2)]
    assert [entry.event for entry in await outbox.fetch(10, shards=ALL)] == recorded
    assert [entry.event for entry in await outbox.fetch(2, shards=ALL)] == recorded[:2]


async def test_concurrent_projects_keep_their_own_order(database: Database, outbox: Outbox) -> None:
    projects = [await a_written_project(database) for _ in range(4)]

    async def write_often(project: WrittenProject) -> None:
        for count in (1, 3, 2, 1, 3):
            await project.write(count)

    async with asyncio.TaskGroup() as group:
        for project in projects * 3:
            group.create_task(write_often(project))
    entries = await outbox.fetch(1000, shards=ALL)
    for project in projects:
        seqs = [entry.event.seq for entry in entries if entry.event.project_id == project.id]
        assert seqs == list(range(1, 31))


async def test_what_was_delivered_is_removed_and_the_rest_stays(
    database: Database, project: WrittenProject, outbox: Outbox
) -> None:
    await project.write(5)
    entries = await outbox.fetch(10, shards=ALL)
    held = await all_relay_leases(database)
    assert (await outbox.remove([entry.id for entry in entries[:3]], held=held)).count == 3
    assert await outbox.fetch(10, shards=ALL) == entries[3:]
    assert (await outbox.remove([entry.id for entry in entries], held=held)).count == 2


async def test_a_shard_holds_whole_projects_and_only_its_own(
    database: Database, outbox: Outbox
) -> None:
    projects = [await a_written_project(database) for _ in range(8)]
    for project in projects:
        await project.write(2)
    for shard in ALL:
        entries = await outbox.fetch(100, shards=[shard])
        theirs = {project.id for project in projects if shard_of(project.id) == shard}
        assert {entry.event.project_id for entry in entries} == theirs
        assert len(entries) == 2 * len(theirs)


async def test_only_entries_of_held_shards_are_removed(
    database: Database, project: WrittenProject, outbox: Outbox
) -> None:
    await project.write(2)
    entries = await outbox.fetch(10, shards=ALL)
    own = f"relay/{shard_of(project.id)}"
    others = [lease for lease in await all_relay_leases(database) if lease.name != own]
    removal = await outbox.remove([entry.id for entry in entries], held=others)
    assert removal.count == 0
    assert await outbox.fetch(10, shards=ALL) == entries


async def test_a_holder_whose_term_was_taken_over_removes_nothing(
    database: Database, project: WrittenProject, outbox: Outbox
) -> None:
    await project.write(2)
    entries = await outbox.fetch(10, shards=ALL)
    lost = await all_relay_leases(database, timedelta(microseconds=1))
    await all_relay_leases(database)
    removal = await outbox.remove([entry.id for entry in entries], held=lost)
    assert (removal.count, removal.held) == (0, frozenset())
    assert await outbox.fetch(10, shards=ALL) == entries


async def test_the_lag_is_the_number_and_the_age_of_what_waits(
    database: Database, project: WrittenProject, outbox: Outbox
) -> None:
    assert await outbox.lag() == OutboxLag(events=0, seconds=0)
    await project.write(4)
    first = await outbox.lag()
    assert first.events == 4
    assert (await outbox.lag()).seconds > first.seconds > 0
    await forget_outbox(database)
    assert await outbox.lag() == OutboxLag(events=0, seconds=0)
