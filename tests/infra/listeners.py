"""Listeners to channels."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from infra.pubsub import ProjectChannels


class Inbox:
    """What was received, with a way to wait for it."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[str] = asyncio.Queue()

    def receive(self, message: str) -> None:
        self.messages.put_nowait(message)

    async def next(self) -> str:
        async with asyncio.timeout(20):
            return await self.messages.get()


class Connection:
    """Channels that run, and the signal that they were restored."""

    def __init__(self, url: str) -> None:
        self.channels = ProjectChannels(url)
        self.restored = asyncio.Event()

    async def wait_until_restored(self) -> None:
        async with asyncio.timeout(30):
            await self.restored.wait()
        self.restored.clear()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    connection = Connection(url)
    task = asyncio.create_task(connection.channels.run(on_restored=connection.restored.set))
    await connection.wait_until_restored()
    yield connection
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
