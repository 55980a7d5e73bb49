"""The cluster's end of `broadcaster`: sharded pub/sub, each channel on the node of its slot.

On a cluster, plain pub/sub sends every message to every node. Sharded pub/sub keeps it on one,
so that more nodes carry more messages.
"""

import asyncio
from contextlib import AsyncExitStack
from typing import Final, cast

from broadcaster import Event
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from infra.redis_backend import (
    COMMAND_TIMEOUT_SECONDS,
    LosableBackend,
    begin_to_listen,
    heed_cancellation,
    listen_to_redis,
)

# Receivers never wait, so what is queued is what one wake-up brings. Beyond, reading waits.
_QUEUED_EVENTS_MAX: Final = 10_000
_SILENCE_SECONDS: Final = 3.0


def connect_to_cluster(redis_url: str) -> RedisCluster:
    """A client of all nodes that fails fast and leaves trying again to its owner."""
    return RedisCluster.from_url(
        redis_url,
        socket_connect_timeout=COMMAND_TIMEOUT_SECONDS,
        socket_timeout=COMMAND_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


async def is_cluster(client: Redis) -> bool:
    """Whether the server is part of a cluster; raise RedisError or OSError when it is away."""
    answer = await heed_cancellation(client.info("cluster"))
    return bool(answer.get("cluster_enabled"))


class ShardedBackend(LosableBackend):
    """A pub/sub connection to each node that has channels. When one breaks, all are given up.

    Whoever connects again finds the slots where they are by then.
    """

    def __init__(self, redis_url: str) -> None:
        super().__init__()
        self._redis_url = redis_url
        self._cluster = connect_to_cluster(redis_url)
        self._node_by_name: dict[str, _NodeReader] = {}
        self._events: asyncio.Queue[Event] = asyncio.Queue(_QUEUED_EVENTS_MAX)
        self._opening = asyncio.Lock()

    async def connect(self) -> None:
        """Learn which node has which slots, or raise RedisError or OSError."""
        await heed_cancellation(self._cluster.initialize())

    async def disconnect(self) -> None:
        """Close every connection."""
        async with AsyncExitStack() as steps:
            steps.push_async_callback(self._cluster.aclose)
            for node in self._node_by_name.values():
                steps.push_async_callback(node.close)

    async def publish(self, channel: str, message: object) -> None:
        """Publish text on the channel's node, or raise RedisError or OSError."""
        await heed_cancellation(self._cluster.spublish(channel, cast("str", message)))

    async def beat(self) -> None:
        """Ask every node for a sign of life; lose the connection when one has long given none."""
        try:
            # Channels that are joined meanwhile may bring nodes.
            for node in tuple(self._node_by_name.values()):
                await node.beat()
        except (RedisError, OSError) as error:
            self.lose(error)

    async def next_published(self) -> Event:
        """The next message of any channel; never returns once the connection is lost."""
        return await self._events.get()

    async def _send_subscribe(self, channel: str) -> None:
        node = await self._node_of(channel)
        await node.pubsub.ssubscribe(channel)
        node.begin()

    async def _send_unsubscribe(self, channel: str) -> None:
        node = await self._node_of(channel)
        node.expect_end_of(channel)
        await node.pubsub.sunsubscribe(channel)

    async def _node_of(self, channel: str) -> "_NodeReader":
        node = self._cluster.get_node_from_key(channel)
        if node is None:
            raise ConnectionError(f"no node has the slot of {channel}")
        # Two first channels of one node may come at once.
        async with self._opening:
            reader = self._node_by_name.get(node.name)
            if reader is None:
                reader = _NodeReader(self, self._redis_url, node)
                await reader.open()
                self._node_by_name[node.name] = reader
        return reader

    async def take(self, event: Event) -> None:
        """Queue a node's message."""
        await self._events.put(event)


class _NodeReader:
    """The pub/sub connection to one node, and the task that reads it."""

    def __init__(self, backend: ShardedBackend, redis_url: str, node: ClusterNode) -> None:
        self._backend = backend
        self._client = listen_to_redis(redis_url)
        # The node's own address, with the credentials of the URL.
        self._client.connection_pool.connection_kwargs.update(host=node.host, port=node.port)
        self.pubsub: PubSub = self._client.pubsub()
        self._ending: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        self._heard_at = asyncio.get_running_loop().time()

    async def open(self) -> None:
        """Connect, or raise RedisError or OSError."""
        try:
            await begin_to_listen(self.pubsub)
        except BaseException:
            await self._client.aclose()
            raise

    async def close(self) -> None:
        """Read no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        await self.pubsub.aclose()  # type: ignore[no-untyped-call]
        await self._client.aclose()

    def expect_end_of(self, channel: str) -> None:
        """Take the end of this channel for what was asked for."""
        self._ending.add(channel)

    async def beat(self) -> None:
        """Send a ping; raise OSError when the last ones were not answered."""
        silence = asyncio.get_running_loop().time() - self._heard_at
        if silence > _SILENCE_SECONDS:
            raise TimeoutError(f"a node was silent for {silence:.1f} s")
        await self.pubsub.ping()

    def begin(self) -> None:
        """Read from now on: there is a channel to read."""
        if self._task is None:
            self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            while True:
                message = await self.pubsub.get_message(timeout=None)
                self._heard_at = asyncio.get_running_loop().time()
                if message is not None and message["type"] != "pong":
                    await self._take(message["type"], message["channel"].decode(), message)
        except (RedisError, OSError) as error:
            self._backend.lose(error)

    async def _take(self, kind: str, channel: str, message: dict[str, bytes]) -> None:
        match kind:
            case "smessage":
                event = Event(channel=channel, message=message["data"].decode())
                await self._backend.take(event)
            case "ssubscribe":
                self._backend.confirm(channel)
            case "sunsubscribe" if channel in self._ending:
                self._ending.discard(channel)
            case "sunsubscribe":
                # The node says so when a slot moves away.
                raise ConnectionResetError(f"{channel} has moved to another node")
