"""One hub over the real log and the real Valkey while one of them fails."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from domain.events import Cursor, ProjectEvent, Resync, ResyncReason
from infra.embedded.postgres import Postgres
from infra.embedded.valkey import Valkey
from infra.event_codec import encode_event
from infra.pubsub import ChannelPublisher, ProjectChannels
from persistence.database import Database
from persistence.event_log import EventLog
from persistence.housekeeping import Housekeeping
from persistence.migration import upgrade
from tests.builders.events import WrittenProject, a_written_project
from tests.builders.relays import forget_outbox
from tests.live_path.followers import read_until, seqs_until
from tests.services import a_postgres
from web.live.hub import LiveHub

pytestmark = pytest.mark.stack


@pytest.fixture
async def publisher(private_valkey: Valkey) -> AsyncIterator[ChannelPublisher]:
    async with ChannelPublisher(private_valkey.url) as publisher:
        yield publisher


async def _tell(publisher: ChannelPublisher, *events: ProjectEvent) -> None:
    """Stand in for relay and bridge."""
    await publisher.publish([(str(event.project_id), encode_event(event)) for event in events])


async def test_replay_and_live_meet_without_gap_or_repeat_while_many_write(
    project: WrittenProject, hub: LiveHub, publisher: ChannelPublisher
) -> None:
    total = 300

    async def write() -> None:
        for _ in range(total // 6):
            await _tell(publisher, *await project.write(2))

    async def join_late(after: int) -> None:
        async with asyncio.timeout(20):
            while (await _last_seq(project)) < after:  # noqa: ASYNC110 - the log is asked
                await asyncio.sleep(0.01)
        seen = await seqs_until(hub, project.id, after=after, last=total)
        assert seen == list(range(after + 1, total + 1))

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(write())
        for after in range(0, total, 20):
            group.create_task(join_late(after))


async def test_nothing_published_at_all_still_arrives(
    project: WrittenProject, hub: LiveHub
) -> None:
    async with hub.follow(project.id, after=None) as updates:
        await project.write(40)
        assert await read_until(updates, 40) == list(range(1, 41))


async def test_a_killed_valkey_costs_no_event(
    project: WrittenProject, hub: LiveHub, publisher: ChannelPublisher, private_valkey: Valkey
) -> None:
    async with hub.follow(project.id, after=None) as updates:
        await _tell(publisher, *await project.write(3))
        await private_valkey.kill()
        await project.write(3)
        assert await read_until(updates, 6) == [1, 2, 3, 4, 5, 6]
        await private_valkey.start()
        await project.write(3)
        assert await read_until(updates, 9) == [7, 8, 9]


async def test_a_frozen_valkey_costs_no_event_and_keeps_nobody_from_joining(
    project: WrittenProject, hub: LiveHub, private_valkey: Valkey
) -> None:
    async with hub.follow(project.id, after=None) as early:
        private_valkey.pause()
        await project.write(3)
        assert await read_until(early, 3) == [1, 2, 3]
        other = await a_written_project(project.database)
        await other.write(2)
        assert await seqs_until(hub, other.id, after=0, last=2) == [1, 2]
        private_valkey.resume()
        await project.write(3)
        assert await read_until(early, 6) == [4, 5, 6]


async def test_a_subscription_that_was_cut_costs_no_event(
    project: WrittenProject, hub: LiveHub, publisher: ChannelPublisher, private_valkey: Valkey
) -> None:
    async with (
        hub.follow(project.id, after=None) as updates,
        Redis.from_url(private_valkey.url) as redis,
    ):
        for _ in range(5):
            await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")  # type: ignore[no-untyped-call]
            await _tell(publisher, *await project.write(2))
        assert await read_until(updates, 10) == list(range(1, 11))


async def test_a_cursor_from_before_the_retention_is_expired(
    project: WrittenProject, hub: LiveHub
) -> None:
    database = project.database
    await project.write(5)
    await _forget_all_but_the_newest(database)
    async with hub.follow(project.id, after=2) as updates:
        expired = Resync(reason=ResyncReason.CURSOR_EXPIRED, cursor=Cursor(project.id, 5))
        await project.write(2)
        assert await read_until(updates, 7) == [expired, 6, 7]


async def test_a_postgres_that_was_away_costs_no_event(
    services_dir: Path, private_valkey: Valkey
) -> None:
    async with _own_database(services_dir) as (postgres, database):
        project = await a_written_project(database)
        hub = LiveHub(log=EventLog(database), hints=ProjectChannels(private_valkey.url))
        async with hub, hub.follow(project.id, after=None) as updates:
            await project.write(2)
            assert await read_until(updates, 2) == [1, 2]
            await postgres.kill()
            await asyncio.sleep(1.5)
            await postgres.start()
            await database.engine.dispose()
            await project.write(2)
            assert await read_until(updates, 4) == [3, 4]


async def _last_seq(project: WrittenProject) -> int:
    return (await EventLog(project.database).positions([project.id]))[project.id].last_seq


async def _forget_all_but_the_newest(database: Database) -> None:
    await forget_outbox(database)
    await Housekeeping(database).delete_events(timedelta(0))


@asynccontextmanager
async def _own_database(services_dir: Path) -> AsyncIterator[tuple[Postgres, Database]]:
    async with a_postgres(services_dir) as postgres:
        await asyncio.to_thread(upgrade, postgres.url)
        async with Database(postgres.url) as database:
            yield postgres, database
