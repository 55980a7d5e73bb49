"""Which shards of the projects a relay delivers the events of."""

import asyncio
import logging
from collections.abc import Collection
from typing import Final
from uuid import UUID

from domain.errors import Unavailable
from infra.metrics import RELAY_IS_ACTIVE, RELAY_SHARDS_HELD
from persistence.event_append import EVENTS_CHANNEL
from persistence.leases import LEASES_CHANNEL, Lease
from persistence.outbox import RELAY_SHARDS, shard_lease_name, shard_of
from persistence.shares import Shares, Survey
from persistence.wakeup import Wakeup

_LOG = logging.getLogger(__name__)

# Leases are renewed some times in their duration, and others' that ran out are found soon.
_ROUND_SECONDS: Final = 1.0
_LEAVE_SECONDS: Final = 2.0
_TURN_SECONDS: Final = 0.5
_NUMBER_BY_NAME: Final = {shard_lease_name(number): number for number in range(RELAY_SHARDS)}


class RelayShards:
    """The shards this relay holds: renewed while it runs, its fair share of all.

    Whoever sends their events holds `turn` meanwhile.
    """

    def __init__(self, shares: Shares, wakeup: Wakeup) -> None:
        self._shares = shares
        self._wakeup = wakeup
        self._lease_by_number: dict[int, Lease] = {}
        # By this process's clock; from then on somebody else may hold them.
        self._good_until = 0.0
        self.turn = asyncio.Lock()

    def leases(self) -> Collection[Lease]:
        """What this relay believes to hold; the database knows."""
        return tuple(self._lease_by_number.values())

    def numbers(self) -> Collection[int]:
        """The shards whose leases surely run."""
        if asyncio.get_running_loop().time() >= self._good_until:
            return ()
        return tuple(self._lease_by_number)

    def concern(self, project_id: str) -> bool:
        """Whether the project's events are this relay's."""
        return shard_of(UUID(project_id)) in self._lease_by_number

    def drop_lost(self, asked: Collection[Lease], held: Collection[str]) -> None:
        """Forget those of the leases asked for whose names are not among the held ones."""
        lost = {
            number
            for number, lease in self._lease_by_number.items()
            if lease in asked and lease.name not in held
        }
        for number in lost:
            del self._lease_by_number[number]
        if lost:
            _LOG.warning("other relays hold the shards %s now", sorted(lost))
            self._tell()

    async def run(self) -> None:
        """Hold a fair share until cancelled."""
        await self._arrive()
        try:
            while True:
                try:
                    await self._share_out()
                except Unavailable as error:
                    _LOG.warning("leases are not renewed: %s", error)
                await self._wakeup.wait(LEASES_CHANNEL, _ROUND_SECONDS)
        finally:
            await self._leave()

    async def _arrive(self) -> None:
        try:
            await self._shares.arrive()
        except Unavailable as error:
            _LOG.warning("other relays were not told of this one: %s", error)

    async def _share_out(self) -> None:
        asked_at = asyncio.get_running_loop().time()
        asked = self.leases()
        survey = await self._shares.survey(asked)
        self.drop_lost(asked, survey.held)
        self._good_until = asked_at + self._shares.duration.total_seconds()
        surplus = len(self._lease_by_number) - survey.share
        if surplus > 0:
            await self._give_back(surplus)
        elif surplus < 0 and survey.free:
            await self._take(survey, -surplus)

    async def _give_back(self, count: int) -> None:
        """Give so many back between two batches, or none when the present one takes long."""
        try:
            async with asyncio.timeout(_TURN_SECONDS):
                await self.turn.acquire()
        except TimeoutError:
            # The leases must be renewed meanwhile; there is another round.
            return
        try:
            newest = tuple(self._lease_by_number)[-count:]
            given = [self._lease_by_number.pop(number) for number in newest]
            self._tell()
            await self._shares.give_back(given)
        finally:
            self.turn.release()

    async def _take(self, survey: Survey, count: int) -> None:
        taken = await self._shares.take(survey.free[:count])
        for lease in taken:
            self._lease_by_number[_NUMBER_BY_NAME[lease.name]] = lease
        self._tell()
        # What waits there was told to somebody else.
        self._wakeup.wake(EVENTS_CHANNEL)

    async def _leave(self) -> None:
        held = self.leases()
        self._lease_by_number.clear()
        self._tell()
        try:
            async with asyncio.timeout(_LEAVE_SECONDS):
                await self._shares.leave(held)
        except (Unavailable, TimeoutError) as error:
            _LOG.info("the leases run out by themselves: %s", error)

    def _tell(self) -> None:
        count = len(self._lease_by_number)
        RELAY_IS_ACTIVE.set(1 if count else 0)
        RELAY_SHARDS_HELD.set(count)
        _LOG.info("holding the shards %s", sorted(self._lease_by_number))
