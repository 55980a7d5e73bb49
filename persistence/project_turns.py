"""Taking turns at a project inside of one process, so that its own commands do not collide."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

# A hundred bytes each. Who is forgotten is only not waited for.
_REMEMBERED_TASKS: Final = 20_000


class ProjectTurns:
    """Turns by task: whose project is known waits for others at that project."""

    def __init__(self) -> None:
        # A task never leaves its project.
        self._project_id_by_task_id: OrderedDict[UUID, UUID] = OrderedDict()
        self._lock_by_project_id: dict[UUID, asyncio.Lock] = {}

    def remember(self, task_id: UUID, project_id: UUID) -> None:
        """Learn where the task belongs."""
        self._project_id_by_task_id[task_id] = project_id
        if len(self._project_id_by_task_id) > _REMEMBERED_TASKS:
            self._project_id_by_task_id.popitem(last=False)

    @asynccontextmanager
    async def turn(self, task_id: UUID) -> AsyncIterator[None]:
        """Hold the turn at the task's project; for an unknown one there is nothing to wait for.

        Whoever waits is bounded by the operation's own time.
        """
        project_id = self._project_id_by_task_id.get(task_id)
        if project_id is None:
            yield
            return
        lock = self._lock_by_project_id.setdefault(project_id, asyncio.Lock())
        try:
            async with lock:
                yield
        finally:
            # Those who wait keep it; the last one takes it away.
            if not lock.locked() and self._lock_by_project_id.get(project_id) is lock:
                del self._lock_by_project_id[project_id]
