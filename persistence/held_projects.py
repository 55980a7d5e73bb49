"""The projects that transactions of this process have locked.

A write that shares its round trip with others does not wait for a lock: it is refused, and its
command begins again. Whoever knows of the lock waits for its end instead of trying in vain.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

# A transaction is a few round trips. Of one that takes longer nobody is sure that it goes on.
_PATIENCE_SECONDS: Final = 1.0


class Holder:
    """One transaction, which may lock projects until it ends."""

    def __init__(self, holders: dict[UUID, "Holder"]) -> None:
        self._holders = holders
        self._project_ids: list[UUID] = []
        self._has_ended = asyncio.Event()

    def locked(self, project_id: UUID) -> None:
        """Note that the project is locked."""
        self._holders[project_id] = self
        self._project_ids.append(project_id)

    def ended(self) -> None:
        """Let go on who waits for it."""
        for project_id in self._project_ids:
            # Who waited in Postgres may have been told of its lock already.
            if self._holders.get(project_id) is self:
                del self._holders[project_id]
        self._has_ended.set()

    async def wait(self) -> None:
        """Wait until it has ended, or for as long as transactions usually take."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._has_ended.wait()
        except TimeoutError:
            return


class HeldProjects:
    """Which transaction of this process holds the lock of a project."""

    def __init__(self) -> None:
        self._holders: dict[UUID, Holder] = {}

    def holder_of(self, project_id: UUID) -> Holder | None:
        """The transaction that has the project locked, if it is one of this process."""
        return self._holders.get(project_id)

    @contextmanager
    def holder(self) -> Iterator[Holder]:
        """A transaction, from before it begins until it has ended."""
        holder = Holder(self._holders)
        try:
            yield holder
        finally:
            holder.ended()
