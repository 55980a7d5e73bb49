"""Waking up when another transaction commits, through LISTEN and NOTIFY."""

import asyncio
import logging
from typing import Final

import asyncpg

from domain.errors import Unavailable
from persistence.availability import answering
from persistence.database import Database

_LOG = logging.getLogger(__name__)
# A connection can die without a word; until this notices, the poll of whoever waits has to do.
_CHECK_SECONDS: Final = 5.0
_CHECK_TIMEOUT_SECONDS: Final = 3.0
_RECONNECT_SECONDS: Final = 1.0


class Wakeup:
    """A signal that is set by every notification on some channels.

    Notifications are hints: one that comes while the connection is away is lost,
    so `wait` is given the time after which to look anyway.
    """

    def __init__(self, database: Database, *channels: str) -> None:
        self._database = database
        self._channels = channels
        self._signal = asyncio.Event()

    async def run(self) -> None:
        """Listen until cancelled, over as many connections as it takes."""
        while True:
            try:
                await self._listen()
            except Unavailable as error:
                _LOG.warning("not listening for changes, polling instead: %s", error)
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def wait(self, seconds: float) -> None:
        """Return at a notification since the last wait, at the latest after the seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._signal.wait()
        except TimeoutError:
            return
        finally:
            self._signal.clear()

    def wake(self) -> None:
        """Act as a notification would."""
        self._signal.set()

    async def _listen(self) -> None:
        closed = asyncio.Event()
        async with answering(seconds=None), self._database.listener() as connection:
            connection.add_termination_listener(lambda _: closed.set())
            for channel in self._channels:
                await connection.add_listener(channel, self._notified)
            # Whatever was committed while nobody listened.
            self.wake()
            while not await _is_set_within(closed, _CHECK_SECONDS):
                await connection.execute("SELECT 1", timeout=_CHECK_TIMEOUT_SECONDS)
        raise Unavailable("the connection was closed")

    def _notified(
        self,
        _connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record] | asyncpg.Connection[asyncpg.Record]",  # noqa: E501
        _pid: int,
        _channel: str,
        _payload: object,
    ) -> None:
        self._signal.set()


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
