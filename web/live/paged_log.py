"""The event log a page at a time, with a bound on how much of it is read at once."""

import asyncio
from collections.abc import Collection, Sequence

from domain.errors import NotFound
from domain.events import ProjectEvent
from domain.identifiers import ProjectId
from persistence.event_log import LogPosition
from web.live.shared_work import SharedWork
from web.live.sources import LiveLimits, Log


class PagedLog:
    """Reads for all feeds of a process; each raises Unavailable while the log can't be read."""

    def __init__(self, log: Log, limits: LiveLimits) -> None:
        self._log = log
        self._page_events = limits.page_events
        # Apart, so that a thousand returning readers do not hold up those who are live.
        self._fills = asyncio.Semaphore(limits.concurrent_fills)
        self._replays = asyncio.Semaphore(limits.concurrent_replays)
        self._shared_replays: SharedWork[Sequence[ProjectEvent]] = SharedWork()

    async def fill(self, project_id: ProjectId, *, after: int) -> Sequence[ProjectEvent]:
        """A page for all followers of a project."""
        async with self._fills:
            return await self._log.read(project_id, after=after, limit=self._page_events)

    async def replay(self, project_id: ProjectId, *, after: int) -> Sequence[ProjectEvent]:
        """A page for one follower, or for several that want the same at the same time.

        When a process has gone, all who watched through it come back to the others at once.
        """
        return await self._shared_replays.do(
            (project_id, after), lambda: self._replay(project_id, after)
        )

    async def _replay(self, project_id: ProjectId, after: int) -> Sequence[ProjectEvent]:
        async with self._replays:
            return await self._log.read(project_id, after=after, limit=self._page_events)

    async def position(self, project_id: ProjectId) -> LogPosition:
        """The state of one project's log; raise NotFound when there is no such project."""
        position = (await self._log.positions([project_id])).get(project_id)
        if position is None:
            raise NotFound("No such project.", field=("projectId",))
        return position

    async def positions(self, project_ids: Collection[ProjectId]) -> dict[ProjectId, LogPosition]:
        """The state of several logs; no entry for an unknown project."""
        return await self._log.positions(project_ids)
