"""Readers of a hub that keep what they saw."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from domain.events import ProjectEvent, Resync
from domain.identifiers import ProjectId
from web.live.hub import LiveHub


async def seqs_until(
    hub: LiveHub, project_id: ProjectId, *, after: int | None, last: int, seconds: float = 90
) -> Sequence[int | Resync]:
    """What a follower sees up to and with the seq `last`."""
    async with hub.follow(project_id, after=after) as updates:
        return await read_until(updates, last, seconds=seconds)


async def read_until(
    updates: AsyncIterator[ProjectEvent | Resync], last: int, *, seconds: float = 90
) -> Sequence[int | Resync]:
    """What comes up to and with the seq `last`."""
    seen: list[int | Resync] = []
    async with asyncio.timeout(seconds):
        while not seen or seen[-1] != last:
            update = await anext(updates)
            seen.append(update.seq if isinstance(update, ProjectEvent) else update)
    return seen


@asynccontextmanager
async def running(*work: asyncio.Task[None]) -> AsyncIterator[None]:
    """Cancel the tasks at the end; one that failed before fails the test."""
    try:
        yield
    finally:
        for task in work:
            task.cancel()
        done, _ = await asyncio.wait(work)
        for task in done:
            if not task.cancelled():
                task.result()
