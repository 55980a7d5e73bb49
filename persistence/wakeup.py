"""Waking up when another transaction commits, through LISTEN and NOTIFY."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from domain.errors import Unavailable
from persistence.availability import answering
from persistence.database import Database

_LOG = logging.getLogger(__name__)
# A connection can die without a word; until this notices, the poll of whoever waits has to do.
_CHECK_SECONDS: Final = 5.0
_CHECK_TIMEOUT_SECONDS: Final = 3.0
_RECONNECT_SECONDS: Final = 1.0


class Wakeup:
    """A signal for each of some channels, set by every notification there.

    Notifications are hints: one that comes while the connection is away is lost,
    so `wait` is given the time after which to look anyway.
    """

    def __init__(self, database: Database, *channels: str) -> None:
        self._database = database
        self._signal_by_channel = {channel: asyncio.Event() for channel in channels}
        self._concerns_by_channel: dict[str, Callable[[str], bool]] = {}

    def heed_only(self, channel: str, concerns: Callable[[str], bool]) -> None:
        """Pass over notifications of the channel whose payload does not concern whoever waits."""
        self._concerns_by_channel[channel] = concerns

    def wake(self, channel: str) -> None:
        """End the present wait for the channel, or the next."""
        self._signal_by_channel[channel].set()

    async def run(self) -> None:
        """Listen until cancelled, over as many connections as it takes."""
        while True:
            try:
                await self._listen()
            except Unavailable as error:
                _LOG.warning("not listening for changes, polling instead: %s", error)
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def wait(self, channel: str, seconds: float) -> None:
        """Return at a notification since the last wait, at the latest after the seconds."""
        signal = self._signal_by_channel[channel]
        await _is_set_within(signal, seconds)
        signal.clear()

    async def _listen(self) -> None:
        closed = asyncio.Event()
        async with answering(seconds=None), self._database.listener() as connection:
            connection.add_termination_listener(lambda _: closed.set())
            for channel, signal in self._signal_by_channel.items():
                await connection.add_listener(channel, self._notified)
                # Whatever was committed while nobody listened.
                signal.set()
            while not await _is_set_within(closed, _CHECK_SECONDS):
                await connection.execute("SELECT 1", timeout=_CHECK_TIMEOUT_SECONDS)
        raise Unavailable("the connection was closed")

    def _notified(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        concerns = self._concerns_by_channel.get(channel)
        if concerns is None or concerns(str(payload)):
            self._signal_by_channel[channel].set()


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
