"""Who is at which project, in memory."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from domain.entities import Project
from domain.identifiers import UserId
from domain.presence import PresenceSnapshot, PresentMember, ReportPresence
from tests.graph.boards import FullBoard

CAME = datetime(2026, 1, 5, 9, tzinfo=UTC)


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


def a_presence_snapshot(
    board: FullBoard, *user_ids: UserId, dragged: bool = False
) -> PresenceSnapshot:
    """These people at the board, looking at its task and, if so said, dragging it."""
    return PresenceSnapshot(
        project_id=board.world.project.id,
        members=tuple(
            PresentMember(
                user_id=user_id,
                task_id=board.task.id,
                dragged_task_id=board.task.id if dragged else None,
                since=CAME,
            )
            for user_id in user_ids
        ),
        is_complete=True,
    )
