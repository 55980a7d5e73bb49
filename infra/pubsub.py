"""Project events on Redis pub/sub: fast hints, which may be lost."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import AsyncExitStack, suppress
from functools import partial
from types import TracebackType
from typing import Final, Self
from uuid import uuid4

from broadcaster import Broadcast
from redis.asyncio.cluster import RedisCluster
from redis.exceptions import RedisError

from domain.errors import Unavailable
from domain.identifiers import ProjectId
from infra.backoff import Backoff
from infra.metrics import PUBSUB_RECONNECTS
from infra.redis_backend import (
    LosableBackend,
    RedisBackend,
    connect_to_redis,
    heed_cancellation,
)
from infra.redis_sharded import ShardedBackend, connect_to_cluster, is_cluster

_LOG = logging.getLogger(__name__)

_HEARTBEAT_SECONDS: Final = 1.0
# Three beats: one may be late, and nobody should wait longer for live updates to come back.
_SILENCE_SECONDS: Final = 3.0
_CLOSE_TIMEOUT_SECONDS: Final = 2.0
_RESUBSCRIBE_TIMEOUT_SECONDS: Final = 10.0

Receive = Callable[[str], None]


class _ConnectionLost(Exception):
    """The pub/sub connection is of no more use."""


def channel_of(project_id: object) -> str:
    """The channel of a project's events."""
    return f"project:{project_id}"


class ChannelPublisher:
    """Publishes events to their projects' channels. Raises Unavailable when Redis is away."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._client = connect_to_redis(redis_url)
        self._cluster: RedisCluster | None = None
        self._has_looked = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._cluster is not None:
            await self._cluster.aclose()
        await self._client.aclose()

    async def publish(self, events: Iterable[tuple[str, bytes]]) -> None:
        """Pairs of project id and encoded event → published in this order, in one round trip."""
        try:
            await self._look()
            if self._cluster is None:
                pipeline = self._client.pipeline(transaction=False)
                for project_id, value in events:
                    pipeline.publish(channel_of(project_id), value)
                await heed_cancellation(pipeline.execute())
            else:
                shards = self._cluster.pipeline()
                for project_id, value in events:
                    shards.spublish(channel_of(project_id), value)
                await heed_cancellation(shards.execute())
        except (RedisError, OSError) as error:
            raise Unavailable(f"Redis is away: {type(error).__name__}") from error

    async def _look(self) -> None:
        """Find out once what kind of server it is."""
        if not self._has_looked:
            if await is_cluster(self._client):
                self._cluster = connect_to_cluster(self._redis_url)
            self._has_looked = True


class ProjectChannels:
    """The channels this process listens to, kept alive over as many connections as it takes.

    Subscriptions outlast the loss of Redis; what is published meanwhile is lost.
    """

    def __init__(self, redis_url: str, *, channel_of: Callable[[object], str] = channel_of) -> None:
        self._redis_url = redis_url
        self._channel_of = channel_of
        self._receive_by_channel: dict[str, Receive] = {}
        self._connection: _Connection | None = None
        # Broadcast loses one of two first subscribers to a channel that come at once.
        self._lock = asyncio.Lock()

    async def subscribe(self, project_id: ProjectId, receive: Receive) -> None:
        """Call `receive` with every message from now on; while Redis is away, once it is back."""
        channel = self._channel_of(project_id)
        async with self._lock:
            self._receive_by_channel[channel] = receive
            if self._connection is not None:
                await self._connection.join({channel: receive})

    async def unsubscribe(self, project_id: ProjectId) -> None:
        """Stop listening to the project."""
        channel = self._channel_of(project_id)
        async with self._lock:
            self._receive_by_channel.pop(channel, None)
            if self._connection is not None:
                await self._connection.leave([channel])

    async def run(self, *, on_restored: Callable[[], None]) -> None:
        """Keep a connection until cancelled.

        `on_restored` is called whenever one has subscribed to everything, so that
        the caller looks for what was lost before.
        """
        backoff = Backoff(first=0.1, longest=2.0)
        while True:
            try:
                async with _Connection(await _backend_for(self._redis_url)) as connection:
                    try:
                        await self._adopt(connection)
                        on_restored()
                        backoff.reset()
                        await connection.watch()
                    finally:
                        self._connection = None
            except (_ConnectionLost, RedisError, OSError) as error:
                _LOG.warning("pub/sub lost, live updates take the slow path: %s", error)
            PUBSUB_RECONNECTS.inc()
            await backoff.sleep()

    async def _adopt(self, connection: "_Connection") -> None:
        async with self._lock, asyncio.timeout(_RESUBSCRIBE_TIMEOUT_SECONDS):
            await connection.join(self._receive_by_channel)
            self._connection = connection
        _LOG.info("listening to %d projects", len(self._receive_by_channel))


class _Connection:
    """One `Broadcast` and the tasks that read its subscribers."""

    def __init__(self, backend: LosableBackend) -> None:
        self._backend = backend
        self._broadcast = Broadcast(backend=backend)
        self._task_by_channel: dict[str, asyncio.Task[None]] = {}
        self._heartbeat_channel = f"taskwire:heartbeat:{uuid4()}"
        self._heard_at = 0.0

    async def __aenter__(self) -> Self:
        try:
            await self._broadcast.connect()
        except BaseException:
            await self._backend.disconnect()
            raise
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Either step is taken even when the other fails or is cancelled.
        async with AsyncExitStack() as steps:
            steps.push_async_callback(_close, self._broadcast.disconnect)
            steps.push_async_callback(_close, partial(self.leave, list(self._task_by_channel)))

    async def join(self, receive_by_channel: dict[str, Receive]) -> None:
        """Return when Redis sends these channels' messages, or the connection is lost."""
        subscribed = []
        for channel, receive in receive_by_channel.items():
            is_subscribed = asyncio.Event()
            subscribed.append(is_subscribed)
            task = asyncio.create_task(self._listen(channel, receive, is_subscribed))
            task.add_done_callback(partial(self._listener_ended, is_subscribed))
            self._task_by_channel[channel] = task
        for is_subscribed in subscribed:
            await is_subscribed.wait()

    async def leave(self, channels: Collection[str]) -> None:
        """Return when nothing listens to the channels any more."""
        tasks = [
            task
            for channel in channels
            if (task := self._task_by_channel.pop(channel, None)) is not None
        ]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def watch(self) -> None:
        """Beat until the heart is no longer heard, then raise _ConnectionLost."""
        clock = asyncio.get_running_loop().time
        self._heard_at = clock()
        await self.join({self._heartbeat_channel: self._hear})
        while not self._backend.lost.done():
            silence = clock() - self._heard_at
            if silence > _SILENCE_SECONDS:
                raise _ConnectionLost(f"silent for {silence:.1f} s")
            # A beat that can't be published is not heard, which is what counts.
            with suppress(RedisError, OSError):
                async with asyncio.timeout(_HEARTBEAT_SECONDS):
                    await self._broadcast.publish(self._heartbeat_channel, "")
                    await self._backend.beat()
            await asyncio.wait({self._backend.lost}, timeout=_HEARTBEAT_SECONDS)
        raise _ConnectionLost(self._backend.lost.result())

    def _hear(self, _message: str) -> None:
        self._heard_at = asyncio.get_running_loop().time()

    async def _listen(self, channel: str, receive: Receive, is_subscribed: asyncio.Event) -> None:
        async with self._broadcast.subscribe(channel) as subscriber:
            is_subscribed.set()
            while True:
                # Receivers never wait, so Broadcast's queue, which has no bound, stays short.
                receive((await subscriber.get()).message)

    def _listener_ended(self, is_subscribed: asyncio.Event, task: asyncio.Task[None]) -> None:
        # Whoever waits to be subscribed waits no longer, even if the task never began.
        is_subscribed.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._backend.lose(error)


async def _backend_for(redis_url: str) -> LosableBackend:
    """Sharded pub/sub when the server is a cluster; raise RedisError or OSError when it is away."""
    client = connect_to_redis(redis_url)
    try:
        is_sharded = await is_cluster(client)
    finally:
        await client.aclose()
    return ShardedBackend(redis_url) if is_sharded else RedisBackend(redis_url)


async def _close(step: Callable[[], Awaitable[None]]) -> None:
    try:
        async with asyncio.timeout(_CLOSE_TIMEOUT_SECONDS):
            await step()
    except (RedisError, OSError) as error:
        _LOG.debug("the pub/sub connection did not close in order: %r", error)
