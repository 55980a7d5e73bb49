"""The live tail of the projects' logs, in memory."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from domain.events import ProjectEvent, Resync
from domain.identifiers import ProjectId

Update = ProjectEvent | Resync


@dataclass(slots=True, kw_only=True)
class MemoryFeed:
    """`domain.ports.LiveEvents`: what a test tells, every follower hears.

    A follower that names a position hears the told updates behind it first.
    """

    told: list[Update] = field(default_factory=list)
    # The position that each follow began with.
    asked: list[tuple[ProjectId, int | None]] = field(default_factory=list)
    _started: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    _queues: list[asyncio.Queue[Update | None]] = field(default_factory=list)

    @property
    def followers(self) -> int:
        """How many follow now."""
        return len(self._queues)

    async def followed(self) -> None:
        """Wait until the next follower has begun."""
        async with asyncio.timeout(10):
            await self._started.acquire()

    def tell(self, *updates: Update) -> None:
        """Let every follower hear these."""
        self.told.extend(updates)
        for queue in self._queues:
            for update in updates:
                queue.put_nowait(update)

    def end(self) -> None:
        """Let every stream run out behind what was told."""
        for queue in self._queues:
            queue.put_nowait(None)

    @asynccontextmanager
    async def follow(
        self, project_id: ProjectId, *, after: int | None
    ) -> AsyncIterator[AsyncIterator[Update]]:
        self.asked.append((project_id, after))
        queue: asyncio.Queue[Update | None] = asyncio.Queue()
        for update in self._behind(after):
            queue.put_nowait(update)
        self._queues.append(queue)
        self._started.release()
        try:
            yield _drained(queue)
        finally:
            self._queues.remove(queue)

    def _behind(self, after: int | None) -> Sequence[Update]:
        if after is None:
            return []
        return [u for u in self.told if isinstance(u, Resync) or u.seq > after]


async def _drained(queue: asyncio.Queue[Update | None]) -> AsyncGenerator[Update, None]:
    while (update := await queue.get()) is not None:
        yield update
