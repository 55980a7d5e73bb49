import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from sqlalchemy import text

from persistence.database import Database
from persistence.event_append import EVENTS_CHANNEL
from persistence.leases import LEASES_CHANNEL
from persistence.wakeup import Wakeup
from tests.builders.events import a_written_project

pytestmark = pytest.mark.stack

_NEVER = 60.0


@asynccontextmanager
async def _listening(database: Database) -> AsyncIterator[Wakeup]:
    """A wakeup that has told of its beginning."""
    wakeup = Wakeup(database, EVENTS_CHANNEL, LEASES_CHANNEL)
    task = asyncio.create_task(wakeup.run())
    async with asyncio.timeout(10):
        await wakeup.wait(EVENTS_CHANNEL, _NEVER)
        await wakeup.wait(LEASES_CHANNEL, _NEVER)
    yield wakeup
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_commit_wakes_whoever_waits_for_events_and_nobody_else(database: Database) -> None:
    project = await a_written_project(database)
    async with _listening(database) as wakeup, asyncio.timeout(10):
        await project.write()
        await wakeup.wait(EVENTS_CHANNEL, _NEVER)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await wakeup.wait(LEASES_CHANNEL, _NEVER)


async def test_it_returns_after_the_time_without_a_notification(database: Database) -> None:
    async with _listening(database) as wakeup, asyncio.timeout(10):
        await wakeup.wait(EVENTS_CHANNEL, 0.01)


async def test_it_listens_again_after_its_connection_was_cut(database: Database) -> None:
    project = await a_written_project(database)
    async with _listening(database) as wakeup, asyncio.timeout(10):
        await database.fetch(
            text("""
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND query LIKE 'LISTEN%'
            """)
        )
        # The new connection tells that something may have been missed.
        await wakeup.wait(EVENTS_CHANNEL, _NEVER)
        await project.write()
        await wakeup.wait(EVENTS_CHANNEL, _NEVER)
