"""The Redis end of `broadcaster`, with an end to its silence.

The backend it ships loses its listener without a word when Redis drops, buffers
without bound and returns from a subscription before Redis has it.
"""

import asyncio
from abc import abstractmethod
from asyncio import FIRST_COMPLETED
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from typing import Final, TypeVar, cast

from broadcaster import BroadcastBackend, Event
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.connection import AbstractConnection, Connection, SSLConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

T = TypeVar("T")

# Redis answers in a fraction of a millisecond or it is away.
COMMAND_TIMEOUT_SECONDS: Final = 2.0


class _OpenedOnce(AbstractConnection):
    """A connection that refuses to be opened a second time."""

    _was_opened = False

    async def connect_check_health(
        self,
        check_health: bool = True,  # noqa: FBT001, FBT002
        retry_socket_connect: bool = True,  # noqa: FBT001, FBT002
    ) -> None:
        if self._was_opened and not self.is_connected:
            raise RedisConnectionError("the connection was lost")
        self._was_opened = True
        await super().connect_check_health(check_health, retry_socket_connect)


class _PlainOnce(_OpenedOnce, Connection):
    """Over TCP."""


class _EncryptedOnce(_OpenedOnce, SSLConnection):
    """Over TLS."""


def connect_to_redis(redis_url: str) -> Redis:
    """A client that fails fast and leaves trying again to its owner."""
    return Redis.from_url(
        redis_url,
        socket_connect_timeout=COMMAND_TIMEOUT_SECONDS,
        socket_timeout=COMMAND_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


def listen_to_redis(redis_url: str) -> Redis:
    """A client for pub/sub: what breaks stays broken, and whoever asks bounds how long it takes.

    By itself redis-py opens a broken connection again, and each task that uses it does so for
    itself: of two sockets, one has nobody to close it. With a time-out of its own it also writes
    one step after it has looked whether there is a connection.
    """
    client = Redis.from_url(
        redis_url,
        socket_connect_timeout=COMMAND_TIMEOUT_SECONDS,
        socket_timeout=None,
        retry=Retry(NoBackoff(), 0),
    )
    pool = client.connection_pool
    pool.connection_class = _EncryptedOnce if pool.connection_class is SSLConnection else _PlainOnce
    return client


async def heed_cancellation(work: Awaitable[T]) -> T:
    """The result of the work; CancelledError if this task was cancelled while it ran.

    redis-py swallows a cancellation that arrives while it greets the server.
    """
    try:
        return await work
    finally:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError


async def begin_to_listen(pubsub: PubSub) -> None:
    """Open the connection, or raise RedisError or OSError."""
    async with asyncio.timeout(COMMAND_TIMEOUT_SECONDS):
        await heed_cancellation(pubsub.connect())  # type: ignore[no-untyped-call]


class LosableBackend(BroadcastBackend):
    """A pub/sub connection. When it breaks, `lost` has the reason and nothing else happens."""

    def __init__(self) -> None:
        self._confirmations: dict[str, asyncio.Future[None]] = {}
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def subscribe(self, group: str) -> None:
        """Return when Redis has confirmed the channel, or the connection is lost."""
        if self.lost.done():
            return
        confirmation = self._confirmations[group] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(COMMAND_TIMEOUT_SECONDS):
                await heed_cancellation(self._send_subscribe(group))
                await asyncio.wait({confirmation, self.lost}, return_when=FIRST_COMPLETED)
        # Broadcast turns an error raised here into a KeyError of its own.
        except (RedisError, OSError) as error:
            self.lose(error)
        finally:
            del self._confirmations[group]

    async def unsubscribe(self, group: str) -> None:
        """Leave the channel; nothing happens on a lost connection."""
        if self.lost.done():
            return
        try:
            async with asyncio.timeout(COMMAND_TIMEOUT_SECONDS):
                await self._send_unsubscribe(group)
        except (RedisError, OSError) as error:
            self.lose(error)

    def confirm(self, channel: str) -> None:
        """Let whoever subscribes to the channel go on."""
        confirmation = self._confirmations.get(channel)
        if confirmation is not None and not confirmation.done():
            confirmation.set_result(None)

    def lose(self, error: BaseException) -> None:
        """Give the connection up."""
        if not self.lost.done():
            self.lost.set_result(f"{type(error).__name__}: {error}")

    @abstractmethod
    async def beat(self) -> None:
        """Look after connections that no message of ours goes through."""

    @abstractmethod
    async def _send_subscribe(self, channel: str) -> None:
        """Ask for the channel's messages."""

    @abstractmethod
    async def _send_unsubscribe(self, channel: str) -> None:
        """Ask for them no more."""


class RedisBackend(LosableBackend):
    """Plain pub/sub over one connection."""

    def __init__(self, redis_url: str) -> None:
        super().__init__()
        self._client = connect_to_redis(redis_url)
        self._listener = listen_to_redis(redis_url)
        self._pubsub: PubSub = self._listener.pubsub()
        self._never: asyncio.Future[Event] = asyncio.get_running_loop().create_future()

    async def connect(self) -> None:
        """Open the connection, or raise RedisError or OSError."""
        await begin_to_listen(self._pubsub)

    async def disconnect(self) -> None:
        """Close it."""
        # Each is closed even when another fails or is cancelled.
        async with AsyncExitStack() as steps:
            steps.push_async_callback(self._client.aclose)
            steps.push_async_callback(self._listener.aclose)
            steps.push_async_callback(self._pubsub.aclose)

    async def publish(self, channel: str, message: object) -> None:
        """Publish text over another connection, or raise RedisError or OSError."""
        await heed_cancellation(self._client.publish(channel, cast("str", message)))

    async def beat(self) -> None:
        """Nothing: heartbeats are messages, and go through the one connection."""

    async def next_published(self) -> Event:
        """The next message of any channel; never returns once the connection is lost."""
        try:
            while True:
                message = await self._pubsub.get_message(timeout=None)
                if message is None:
                    continue
                channel = message["channel"].decode()
                if message["type"] == "message":
                    return Event(channel=channel, message=message["data"].decode())
                if message["type"] == "subscribe":
                    self.confirm(channel)
        except (RedisError, OSError) as error:
            self.lose(error)
        # Raising would end Broadcast's listener, and surface only when it is closed.
        return await self._never

    async def _send_subscribe(self, channel: str) -> None:
        await self._pubsub.subscribe(channel)

    async def _send_unsubscribe(self, channel: str) -> None:
        await self._pubsub.unsubscribe(channel)
