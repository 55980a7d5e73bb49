"""Who is at which project, in memory."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from domain.entities import Project
from domain.identifiers import UserId
from domain.presence import PresenceSnapshot, ReportPresence


@dataclass(slots=True, kw_only=True)
class MemoryPresence:
    """`domain.presence.Presence`: keeps the reports, and tells what a test lets it tell."""

    reports: list[tuple[UserId, ReportPresence]] = field(default_factory=list)
    here: list[UserId] = field(default_factory=list)
    told: asyncio.Queue[PresenceSnapshot] = field(default_factory=asyncio.Queue)

    @asynccontextmanager
    async def follow(
        self, _project: Project, user_id: UserId
    ) -> AsyncIterator[AsyncIterator[PresenceSnapshot]]:
        self.here.append(user_id)
        try:
            yield self._snapshots()
        finally:
            self.here.remove(user_id)

    async def report(self, user_id: UserId, report: ReportPresence) -> None:
        self.reports.append((user_id, report))

    async def _snapshots(self) -> AsyncGenerator[PresenceSnapshot, None]:
        while True:
            yield await self.told.get()
