import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from domain.errors import Unavailable
from domain.identifiers import ProjectId
from infra.embedded.valkey import Valkey
from infra.pubsub import ChannelPublisher, ProjectChannels, channel_of
from infra.redis_backend import RedisBackend
from tests.builders import new_id
from tests.infra.listeners import Inbox, connected

pytestmark = pytest.mark.stack


@pytest.fixture
async def publisher(private_valkey: Valkey) -> AsyncIterator[ChannelPublisher]:
    async with ChannelPublisher(private_valkey.url) as publisher:
        yield publisher


def _project() -> ProjectId:
    return ProjectId(new_id())


async def test_messages_arrive_in_order_at_their_own_project(
    private_valkey: Valkey, publisher: ChannelPublisher
) -> None:
    first, second, unheard = _project(), _project(), _project()
    of_first, of_second = Inbox(), Inbox()
    async with connected(private_valkey.url) as connection:
        await connection.channels.subscribe(first, of_first.receive)
        await connection.channels.subscribe(second, of_second.receive)
        await publisher.publish(
            [
                (str(project), str(number).encode())
                for number in range(100)
                for project in (first, unheard, second)
            ]
        )
        assert [await of_first.next() for _ in range(100)] == [str(n) for n in range(100)]
        assert [await of_second.next() for _ in range(100)] == [str(n) for n in range(100)]


async def test_many_first_subscribers_at_once_all_hear(
    private_valkey: Valkey, publisher: ChannelPublisher
) -> None:
    inbox_by_project = {_project(): Inbox() for _ in range(50)}
    async with connected(private_valkey.url) as connection:
        async with asyncio.TaskGroup() as group:
            for project, inbox in inbox_by_project.items():
                group.create_task(connection.channels.subscribe(project, inbox.receive))
        await publisher.publish([(str(project), b"news") for project in inbox_by_project])
        assert [await inbox.next() for inbox in inbox_by_project.values()] == ["news"] * 50


async def test_an_unsubscribed_project_is_left_and_can_be_joined_again(
    private_valkey: Valkey, publisher: ChannelPublisher
) -> None:
    project, before, after = _project(), Inbox(), Inbox()
    async with connected(private_valkey.url) as connection, _redis(private_valkey) as redis:
        await connection.channels.subscribe(project, before.receive)
        async with asyncio.TaskGroup() as group:
            group.create_task(connection.channels.unsubscribe(project))
            group.create_task(connection.channels.subscribe(project, after.receive))
        await publisher.publish([(str(project), b"news")])
        assert await after.next() == "news"
        assert before.messages.empty()
        await connection.channels.unsubscribe(project)
        assert await redis.publish(channel_of(project), "nobody listens") == 0


async def test_subscriptions_outlast_a_killed_redis(
    private_valkey: Valkey, publisher: ChannelPublisher
) -> None:
    early, late = _project(), _project()
    of_early, of_late = Inbox(), Inbox()
    async with connected(private_valkey.url) as connection:
        await connection.channels.subscribe(early, of_early.receive)
        await private_valkey.kill()
        async with asyncio.timeout(5):
            await connection.channels.subscribe(late, of_late.receive)
        await private_valkey.start()
        await connection.wait_until_restored()
        await publisher.publish([(str(early), b"back"), (str(late), b"here")])
        assert await of_early.next() == "back"
        assert await of_late.next() == "here"


async def test_a_frozen_redis_is_noticed_and_listened_to_again(
    private_valkey: Valkey, publisher: ChannelPublisher
) -> None:
    project, inbox = _project(), Inbox()
    async with connected(private_valkey.url) as connection:
        await connection.channels.subscribe(project, inbox.receive)
        private_valkey.pause()
        async with asyncio.timeout(8):
            await _until_lost(connection.channels)
        with pytest.raises(Unavailable):
            await publisher.publish([(str(project), b"lost")])
        private_valkey.resume()
        await connection.wait_until_restored()
        await publisher.publish([(str(project), b"back")])
        # Redis may still deliver what it took in before it froze.
        assert "back" in [await inbox.next(), await _maybe_next(inbox)]


async def test_a_connection_that_redis_cuts_is_replaced_at_once(
    private_valkey: Valkey, publisher: ChannelPublisher
) -> None:
    project, inbox = _project(), Inbox()
    async with connected(private_valkey.url) as connection, _redis(private_valkey) as redis:
        await connection.channels.subscribe(project, inbox.receive)
        await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")  # type: ignore[no-untyped-call]
        async with asyncio.timeout(2):
            await connection.restored.wait()
        await publisher.publish([(str(project), b"back")])
        assert await inbox.next() == "back"


async def test_channels_that_redis_forgot_are_subscribed_again(
    private_valkey: Valkey, publisher: ChannelPublisher
) -> None:
    """A proxy in between may drop what a connection was subscribed to and keep it open."""
    project, inbox = _project(), Inbox()
    async with connected(private_valkey.url) as connection:
        await connection.channels.subscribe(project, inbox.receive)
        current = connection.channels._connection
        assert current is not None
        assert isinstance(current._backend, RedisBackend)
        await current._backend._pubsub.unsubscribe()
        await connection.wait_until_restored()
        await publisher.publish([(str(project), b"back")])
        assert await inbox.next() == "back"


async def test_a_cut_connection_is_not_opened_again_by_those_who_use_it(
    private_valkey: Valkey,
) -> None:
    async with _redis(private_valkey) as redis:
        for turns in range(20):
            backend = RedisBackend(private_valkey.url)
            await backend.connect()
            reader = asyncio.create_task(backend.next_published())
            await backend.subscribe("first")
            opened = await _opened_connections(redis)
            async with asyncio.TaskGroup() as group:
                cut = redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")  # type: ignore[no-untyped-call]
                group.create_task(cut)
                for _ in range(turns):
                    await asyncio.sleep(0)
                for channel in ("second", "third", "fourth"):
                    group.create_task(backend.subscribe(channel))
            async with asyncio.timeout(5):
                assert "onnection" in await backend.lost
            assert await _opened_connections(redis) == opened
            reader.cancel()
            await asyncio.wait({reader})
            await backend.disconnect()


@pytest.mark.parametrize("turns", range(0, 40, 3))
async def test_a_cancelled_publisher_stops_even_while_it_connects(
    valkey: Valkey, turns: int
) -> None:
    async def publish_for_ever() -> None:
        async with ChannelPublisher(valkey.url) as publisher:
            while True:
                await publisher.publish([("project", b"news")])

    task = asyncio.create_task(publish_for_ever())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=5)
    assert done
    assert task.cancelled()


async def _opened_connections(redis: Redis) -> int:
    opened: int = (await redis.info("stats"))["total_connections_received"]
    return opened


async def _until_lost(channels: ProjectChannels) -> None:
    while channels._connection is not None:  # noqa: ASYNC110 - only the return is announced
        await asyncio.sleep(0.05)


async def _maybe_next(inbox: Inbox) -> str | None:
    try:
        async with asyncio.timeout(0.5):
            return await inbox.messages.get()
    except TimeoutError:
        return None


@asynccontextmanager
async def _redis(valkey: Valkey) -> AsyncIterator[Redis]:
    async with Redis.from_url(valkey.url) as client:
        yield client
