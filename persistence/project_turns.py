"""Taking turns at a project inside of one process, so that its own commands do not collide."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self
from uuid import UUID

# A hundred bytes each. Who is forgotten is only not waited for.
_REMEMBERED_OBJECTS: Final = 20_000


@dataclass(slots=True, eq=False)
class _Queue:
    """Who is at a project, or waits to be."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    count: int = 0


class Turn:
    """A turn at one project; at none until it is taken, unless its block waits for one."""

    def __init__(self, queues: dict[UUID, _Queue], awaited_id: UUID | None) -> None:
        self._queues = queues
        self._awaited_id = awaited_id
        self._project_id: UUID | None = None

    async def __aenter__(self) -> Self:
        """Wait for the turn at the project it was made for."""
        if self._awaited_id is not None:
            await self._wait(self._awaited_id)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let the next one have it."""
        if self._project_id is not None:
            queue = self._queues[self._project_id]
            queue.lock.release()
            self._leave(self._project_id, queue)
            self._project_id = None

    async def _wait(self, project_id: UUID) -> None:
        """Have the turn at the project once everybody before has ended theirs."""
        queue = self._queues.setdefault(project_id, _Queue())
        queue.count += 1
        try:
            await queue.lock.acquire()
        except BaseException:
            self._leave(project_id, queue)
            raise
        self._project_id = project_id

    async def take(self, project_id: UUID) -> bool:
        """Have the turn at the project now; False where somebody else has it or waits for it."""
        if self._project_id == project_id:
            return True
        if self._project_id is not None or project_id in self._queues:
            return False
        await self._wait(project_id)
        return True

    def _leave(self, project_id: UUID, queue: _Queue) -> None:
        queue.count -= 1
        if queue.count == 0:
            del self._queues[project_id]


class ProjectTurns:
    """Turns by a task or a column: whose project is known waits for others at that project."""

    def __init__(self) -> None:
        # Neither tasks nor columns ever leave their project.
        self._project_id_by_object_id: OrderedDict[UUID, UUID] = OrderedDict()
        self._queues: dict[UUID, _Queue] = {}

    @property
    def busy_count(self) -> int:
        """At how many projects somebody is."""
        return len(self._queues)

    def remember(self, object_id: UUID, project_id: UUID) -> None:
        """Learn where the object belongs."""
        self._project_id_by_object_id[object_id] = project_id
        if len(self._project_id_by_object_id) > _REMEMBERED_OBJECTS:
            self._project_id_by_object_id.popitem(last=False)

    def turn(self, object_ids: Sequence[UUID]) -> Turn:
        """The turn at the project of the first of them that is known, or else at none.

        Whoever waits for it is bounded by the operation's own time.
        """
        known = map(self._project_id_by_object_id.get, object_ids)
        return Turn(self._queues, next(filter(None, known), None))
