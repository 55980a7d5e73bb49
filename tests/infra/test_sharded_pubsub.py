"""The same pub/sub against a cluster of one node and of two."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from redis.asyncio import Redis

from domain.identifiers import ProjectId
from infra.embedded.ports import free_ports
from infra.embedded.valkey import Valkey
from infra.pubsub import ChannelPublisher, channel_of
from infra.redis_sharded import ShardedBackend
from tests.builders import new_id
from tests.infra.listeners import Inbox, connected

pytestmark = pytest.mark.stack

_SLOTS = 16384


@pytest.fixture(params=[1, 2], ids=["one node", "two nodes"])
async def cluster(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Sequence[Valkey]]:
    """Nodes that have met and share the slots."""
    count: int = request.param
    ports = free_ports(2 * count)
    nodes = [
        Valkey(
            port=ports[2 * number],
            cluster_port=ports[2 * number + 1],
            data_dir=tmp_path / f"node-{number}",
            log_path=tmp_path / f"node-{number}.log",
        )
        for number in range(count)
    ]
    async with AsyncExitStack() as stack:
        for number, node in enumerate(nodes):
            node._password = nodes[0]._password
            await stack.enter_async_context(node)
            first, last = _SLOTS * number // count, _SLOTS * (number + 1) // count - 1
            await _command(node, "CLUSTER", "ADDSLOTSRANGE", first, last)
            await _command(node, "CLUSTER", "MEET", "127.0.0.1", ports[0], ports[1])
        for node in nodes:
            await _until_whole(node, count)
        yield nodes


async def _command(node: Valkey, *words: str | int) -> object:
    async with Redis.from_url(node.url) as redis:
        answer: object = await redis.execute_command(*words)  # type: ignore[no-untyped-call]
        return answer


async def _until_whole(node: Valkey, count: int) -> None:
    async with asyncio.timeout(20), Redis.from_url(node.url) as redis:
        while True:
            state = await redis.execute_command("CLUSTER INFO")  # type: ignore[no-untyped-call]
            if (state["cluster_state"], int(state["cluster_size"])) == ("ok", count):
                return
            await asyncio.sleep(0.05)


async def _shard_channels(nodes: Sequence[Valkey]) -> set[str]:
    """Everything anybody listens to on a shard."""
    found: set[str] = set()
    for node in nodes:
        channels = await _command(node, "PUBSUB", "SHARDCHANNELS")
        assert isinstance(channels, list)
        found.update(channel.decode() for channel in channels)
    return found


async def test_messages_arrive_in_order_on_shard_channels(cluster: Sequence[Valkey]) -> None:
    inbox_by_project = {ProjectId(new_id()): Inbox() for _ in range(20)}
    url = cluster[0].url
    async with connected(url) as connection, ChannelPublisher(url) as publisher:
        for project, inbox in inbox_by_project.items():
            await connection.channels.subscribe(project, inbox.receive)
        assert {channel_of(project) for project in inbox_by_project} <= await _shard_channels(
            cluster
        )
        await publisher.publish(
            [
                (str(project), str(number).encode())
                for number in range(50)
                for project in inbox_by_project
            ]
        )
        for inbox in inbox_by_project.values():
            assert [await inbox.next() for _ in range(50)] == [str(n) for n in range(50)]


async def test_a_channel_that_is_left_is_left_on_its_node(cluster: Sequence[Valkey]) -> None:
    project, inbox = ProjectId(new_id()), Inbox()
    async with connected(cluster[0].url) as connection:
        await connection.channels.subscribe(project, inbox.receive)
        await connection.channels.unsubscribe(project)
        async with asyncio.timeout(5):
            while channel_of(project) in await _shard_channels(cluster):  # noqa: ASYNC110 - the server is asked
                await asyncio.sleep(0.02)
        await connection.channels.subscribe(project, inbox.receive)
        async with ChannelPublisher(cluster[0].url) as publisher:
            await publisher.publish([(str(project), b"news")])
        assert await inbox.next() == "news"


async def test_connections_that_a_node_cuts_are_replaced(cluster: Sequence[Valkey]) -> None:
    inbox_by_project = {ProjectId(new_id()): Inbox() for _ in range(10)}
    url = cluster[0].url
    async with connected(url) as connection, ChannelPublisher(url) as publisher:
        for project, inbox in inbox_by_project.items():
            await connection.channels.subscribe(project, inbox.receive)
        await _command(cluster[-1], "CLIENT", "KILL", "TYPE", "pubsub")
        await connection.wait_until_restored()
        await publisher.publish([(str(project), b"back") for project in inbox_by_project])
        assert [await inbox.next() for inbox in inbox_by_project.values()] == ["back"] * 10


async def test_a_beat_goes_on_while_channels_bring_nodes(cluster: Sequence[Valkey]) -> None:
    backend = ShardedBackend(cluster[0].url)
    try:
        await backend.connect()

        async def beat_for_long() -> None:
            while not all_joined.is_set():
                await backend.beat()
                await asyncio.sleep(0)

        all_joined = asyncio.Event()
        beating = asyncio.create_task(beat_for_long())
        # Enough that every node has some.
        for number in range(20):
            await backend.subscribe(f"channel-{number}")
        all_joined.set()
        await beating
        assert not backend.lost.done()
    finally:
        await backend.disconnect()


async def test_a_frozen_node_is_noticed(cluster: Sequence[Valkey]) -> None:
    projects = [ProjectId(new_id()) for _ in range(10)]
    async with connected(cluster[0].url) as connection:
        for project in projects:
            await connection.channels.subscribe(project, Inbox().receive)
        cluster[-1].pause()
        async with asyncio.timeout(30):
            while connection.channels._connection is not None:  # noqa: ASYNC110 - only the return is announced
                await asyncio.sleep(0.05)
        cluster[-1].resume()
        await connection.wait_until_restored()
