"""A log and hints in memory, which fail as a test wants them to."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from uuid import UUID

from domain.errors import Unavailable
from domain.events import ProjectEvent
from domain.identifiers import ProjectId
from infra.event_codec import encode_event
from persistence.event_log import LogPosition
from tests.builders.events import an_event


class MemoryHints:
    """`web.live.sources.Hints` in which a test says what arrives."""

    def __init__(self) -> None:
        self.receive_by_project_id: dict[ProjectId, Callable[[str], None]] = {}
        self.restore: Callable[[], None] = lambda: None

    async def subscribe(self, project_id: ProjectId, receive: Callable[[str], None]) -> None:
        await asyncio.sleep(0)
        self.receive_by_project_id[project_id] = receive

    async def unsubscribe(self, project_id: ProjectId) -> None:
        self.receive_by_project_id.pop(project_id, None)

    async def run(self, *, on_restored: Callable[[], None]) -> None:
        self.restore = on_restored
        await asyncio.get_running_loop().create_future()

    def tell(self, *events: ProjectEvent) -> None:
        """Let hints of the events arrive where somebody listens."""
        for event in events:
            self.tell_text(event.project_id, encode_event(event).decode())

    def tell_text(self, project_id: ProjectId, message: str) -> None:
        """Let any message arrive."""
        receive = self.receive_by_project_id.get(project_id)
        if receive is not None:
            receive(message)


class MemoryLog:
    """`web.live.sources.Log` that can be cut, restored to earlier, and away."""

    def __init__(self) -> None:
        self.events_by_project_id: defaultdict[ProjectId, list[ProjectEvent]] = defaultdict(list)
        self.is_away = False
        self.reads = 0

    def append(self, project_id: ProjectId, count: int = 1) -> Sequence[ProjectEvent]:
        """Write the next events."""
        events = self.events_by_project_id[project_id]
        seq = events[-1].seq if events else 0
        new = [an_event(project_id=project_id, seq=seq + n) for n in range(1, count + 1)]
        events += new
        return new

    def cut(self, project_id: ProjectId, *, before: int) -> None:
        """Forget the events before a seq."""
        events = self.events_by_project_id[project_id]
        events[:] = [event for event in events if event.seq >= before]

    def restore(self, project_id: ProjectId, *, to: int) -> None:
        """Forget the events behind a seq."""
        events = self.events_by_project_id[project_id]
        events[:] = [event for event in events if event.seq <= to]

    async def read(
        self, project_id: ProjectId, *, after: int, limit: int
    ) -> Sequence[ProjectEvent]:
        self.reads += 1
        self._answer()
        page = [e for e in self.events_by_project_id[project_id] if e.seq > after][:limit]
        # An answer takes a moment, in which more can happen.
        await asyncio.sleep(0)
        return page

    async def positions(self, project_ids: Collection[UUID]) -> dict[ProjectId, LogPosition]:
        self._answer()
        positions = {
            ProjectId(project_id): LogPosition(
                first_seq=events[0].seq if events else None,
                last_seq=events[-1].seq if events else 0,
            )
            for project_id in project_ids
            if (events := self.events_by_project_id.get(ProjectId(project_id))) is not None
        }
        await asyncio.sleep(0)
        return positions

    def _answer(self) -> None:
        if self.is_away:
            raise Unavailable("Postgres is away")
