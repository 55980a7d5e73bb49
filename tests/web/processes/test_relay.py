import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from infra.embedded.broker import Broker
from infra.kafka import EventPublisher
from infra.kafka_cluster import KafkaCluster
from persistence.database import Database
from persistence.event_append import EVENTS_CHANNEL
from persistence.leases import LEASES_CHANNEL, Lease
from persistence.outbox import RELAY_SHARDS, Outbox, Removal, shard_lease_name, shard_of
from persistence.tables import leases
from persistence.wakeup import Wakeup
from tests.builders.events import WrittenProject, a_written_project
from tests.builders.relays import all_relay_leases, relay_shares
from tests.web.processes.topic import Topic, the_topic
from web.processes.relay import Relay

pytestmark = pytest.mark.stack


class ForgetfulOutbox(Outbox):
    """An outbox whose relay dies after Kafka has the events and before they are removed."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.was_sent = asyncio.Event()

    async def remove(self, ids: Collection[int], *, held: Collection[Lease]) -> Removal:
        self.was_sent.set()
        await asyncio.Event().wait()
        return await super().remove(ids, held=held)


class CountedOutbox(Outbox):
    """An outbox that tells how many events were sent together."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.batches: asyncio.Queue[int] = asyncio.Queue()

    async def remove(self, ids: Collection[int], *, held: Collection[Lease]) -> Removal:
        self.batches.put_nowait(len(ids))
        return await super().remove(ids, held=held)


class RunningRelay:
    """A relay with connections of its own, as another process would have."""

    def __init__(self, task: asyncio.Task[None], holder: str) -> None:
        self._task = task
        self.holder = holder

    async def stop(self) -> None:
        """End it as a signal would: it gives its lease back."""
        self._task.cancel()
        await asyncio.wait({self._task})


@asynccontextmanager
async def _a_relay(
    database_url: str,
    broker: Broker,
    *,
    holder: str = "relay",
    lease_seconds: float = 30,
    outbox: Outbox | None = None,
    pace_seconds: float = 0.02,
) -> AsyncIterator[RunningRelay]:
    async with (
        Database(database_url, pool_size=3) as database,
        EventPublisher(KafkaCluster(bootstrap=broker.url), is_idempotent=False) as publisher,
    ):
        relay = Relay(
            outbox=outbox or Outbox(database),
            shares=relay_shares(database, holder=holder, duration=timedelta(seconds=lease_seconds)),
            publisher=publisher,
            wakeup=Wakeup(database, EVENTS_CHANNEL, LEASES_CHANNEL),
            pace_seconds=pace_seconds,
        )
        running = RunningRelay(asyncio.create_task(relay.run()), holder)
        try:
            yield running
        finally:
            await running.stop()


@pytest.fixture
async def topic(private_broker: Broker) -> AsyncIterator[Topic]:
    async with the_topic(private_broker) as topic:
        yield topic


async def _holder(database: Database, project: WrittenProject) -> str:
    name = shard_lease_name(shard_of(project.id))
    [(holder,)] = await database.fetch(select(leases.c.holder).where(leases.c.name == name))
    return str(holder)


async def _until_shared_out(database: Database, counts: Collection[int]) -> None:
    """Return when the holders of running leases hold so many shards each."""
    statement = text("""
        SELECT count(*) AS shards FROM leases WHERE expires_at > now() AND name NOT LIKE '%member%'
        GROUP BY holder
    """)
    async with asyncio.timeout(20):
        while sorted(row.shards for row in await database.fetch(statement)) != sorted(counts):  # noqa: ASYNC110 - the table is asked
            await asyncio.sleep(0.02)


async def _until_empty(database: Database) -> None:
    async with asyncio.timeout(20):
        while (await Outbox(database).lag()).events:  # noqa: ASYNC110 - the table is asked
            await asyncio.sleep(0.02)


async def test_committed_events_reach_kafka_in_order_and_leave_the_outbox(
    project: WrittenProject, topic: Topic, private_broker: Broker, migrated_database: str
) -> None:
    await project.write(5)
    async with _a_relay(migrated_database, private_broker):
        for _ in range(20):
            await project.write(2)
        assert await topic.seqs_until(project.id, 45) == list(range(1, 46))
        await _until_empty(project.database)


async def test_a_waiting_relay_is_woken_by_the_commit(
    project: WrittenProject, topic: Topic, private_broker: Broker, migrated_database: str
) -> None:
    clock = asyncio.get_running_loop().time
    async with _a_relay(migrated_database, private_broker):
        await project.write()
        await topic.seqs_until(project.id, 1)
        delays = []
        for seq in range(2, 12):
            written_at = clock()
            await project.write()
            await topic.seqs_until(project.id, seq)
            delays.append(clock() - written_at)
        # A poll would take half a second on the average.
        assert sorted(delays)[5] < 0.2


async def test_what_is_changed_in_quick_succession_travels_together(
    project: WrittenProject, topic: Topic, private_broker: Broker, migrated_database: str
) -> None:
    outbox = CountedOutbox(project.database)
    async with (
        asyncio.timeout(20),
        _a_relay(migrated_database, private_broker, outbox=outbox, pace_seconds=2),
    ):
        await project.write()
        # The first does not wait for others.
        assert await outbox.batches.get() == 1
        for _ in range(5):
            await project.write()
        assert await outbox.batches.get() == 5
        assert await topic.seqs_until(project.id, 6) == [1, 2, 3, 4, 5, 6]


async def test_what_was_sent_and_not_removed_is_sent_again_in_order(
    project: WrittenProject, topic: Topic, private_broker: Broker, migrated_database: str
) -> None:
    await project.write(3)
    dying = ForgetfulOutbox(project.database)
    async with _a_relay(migrated_database, private_broker, outbox=dying), asyncio.timeout(20):
        await dying.was_sent.wait()
    await project.write(2)
    async with _a_relay(migrated_database, private_broker):
        assert await topic.seqs_until(project.id, 5) == [1, 2, 3, 1, 2, 3, 4, 5]


async def test_two_relays_share_the_projects_and_the_one_that_stays_takes_over_at_once(
    project: WrittenProject, topic: Topic, private_broker: Broker, migrated_database: str
) -> None:
    async with AsyncExitStack() as stack:
        relays = [
            await stack.enter_async_context(
                _a_relay(migrated_database, private_broker, holder=holder)
            )
            for holder in ("first", "second")
        ]
        await project.write(3)
        assert await topic.seqs_until(project.id, 3) == [1, 2, 3]
        await _until_empty(project.database)
        active = await _holder(project.database, project)
        await next(relay for relay in relays if relay.holder == active).stop()
        async with asyncio.timeout(5):
            await project.write(3)
            assert await topic.seqs_until(project.id, 6) == [1, 2, 3, 4, 5, 6]
        assert await _holder(project.database, project) != active


async def test_relays_that_come_and_go_lose_nothing_and_keep_every_projects_order(
    database: Database, topic: Topic, private_broker: Broker, migrated_database: str
) -> None:
    projects = [await a_written_project(database) for _ in range(12)]

    async def write_to_all() -> None:
        for project in projects:
            await project.write(2)

    async with AsyncExitStack() as stack:

        async def start(holder: str) -> RunningRelay:
            return await stack.enter_async_context(
                _a_relay(migrated_database, private_broker, holder=holder)
            )

        first = await start("first")
        await _until_shared_out(database, [16])
        await write_to_all()
        await start("second")
        await write_to_all()
        await _until_shared_out(database, [8, 8])
        await start("third")
        await write_to_all()
        await _until_shared_out(database, [5, 5, 6])
        await write_to_all()
        await first.stop()
        await write_to_all()
        await _until_shared_out(database, [8, 8])
        for project in projects:
            seqs = await topic.seqs_until(project.id, 10)
            # In the order in which each came for the first time.
            assert list(dict.fromkeys(seqs)) == list(range(1, 11))
        await _until_empty(database)


async def test_a_dead_relay_is_replaced_when_its_lease_has_run_out(
    project: WrittenProject, topic: Topic, private_broker: Broker, migrated_database: str
) -> None:
    assert await all_relay_leases(project.database, timedelta(seconds=1.5))
    await project.write(2)
    async with _a_relay(migrated_database, private_broker, holder="heir"):
        async with asyncio.timeout(6):
            assert await topic.seqs_until(project.id, 2) == [1, 2]
        assert await _holder(project.database, project) == "heir"


async def test_a_relay_that_lost_its_lease_stands_by(
    project: WrittenProject, topic: Topic, private_broker: Broker, migrated_database: str
) -> None:
    async with _a_relay(migrated_database, private_broker):
        await project.write()
        await topic.seqs_until(project.id, 1)
        await _until_empty(project.database)
        async with project.database.transaction() as connection:
            await connection.execute(
                text("UPDATE leases SET epoch = epoch + 1, holder = 'usurper'")
            )
        await project.write()
        # It may send once more, and then finds that removing is not its business.
        await topic.seqs_until(project.id, 2)
        entries = await Outbox(project.database).fetch(10, shards=range(RELAY_SHARDS))
        assert [entry.event.seq for entry in entries] == [2]


async def test_a_relay_survives_the_loss_of_all_its_database_connections(
    project: WrittenProject, topic: Topic, private_broker: Broker, migrated_database: str
) -> None:
    async with _a_relay(migrated_database, private_broker):
        await project.write()
        await topic.seqs_until(project.id, 1)
        await project.database.fetch(
            text("""
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
            """)
        )
        await project.database.engine.dispose()
        await project.write(3)
        assert sorted({*await topic.seqs_until(project.id, 4)}) == [1, 2, 3, 4]
        await _until_empty(project.database)


async def test_a_broker_that_is_killed_and_forgets_its_topics_gets_what_waits(
    database: Database, private_broker: Broker, migrated_database: str
) -> None:
    projects = [await a_written_project(database) for _ in range(3)]
    async with _a_relay(migrated_database, private_broker):
        for project in projects:
            await project.write(3)
        await _until_empty(database)
        await private_broker.kill()
        for project in projects:
            await project.write(3)
        await private_broker.start()
        async with the_topic(private_broker) as topic:
            for project in projects:
                # What a slow broker took and was late to acknowledge it gets again.
                seqs = await topic.seqs_until(project.id, 6)
                assert list(dict.fromkeys(seqs)) == [4, 5, 6]
        await _until_empty(database)
