"""What this process has written at the ends of projects' logs just now, or is writing.

Whoever reads a place while such a write is under way need not wait for it and read once more:
what it changes is known here. So the place is taken to be as the write leaves it, and the next
write goes behind that one. Whether it was really the last is what the next write's statement
finds out; nothing here is trusted for that.
"""

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from domain.ports import TaskPlace
from persistence.gaps import FoundRanks, ranks_with
from persistence.held_projects import HeldProjects, Holder
from persistence.task_places import PlaceFound

# Whoever would need more of them reads again.
_WRITES_KEPT: Final = 32
_PROJECTS_KEPT: Final = 1_000


@dataclass(slots=True, kw_only=True, eq=False)
class Write:
    """One change of one task, and the event that tells of it."""

    project_id: UUID
    seq: int
    event_id: UUID
    task_id: UUID
    # Where it puts the task; None where the task stays where it stands.
    column_id: UUID | None
    rank: str
    _is_back: bool = False
    _waiting: list["asyncio.Future[None]"] = field(default_factory=list)

    def ended(self) -> None:
        """Let go on who waits for it."""
        self._is_back = True
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    async def wait(self) -> None:
        """Wait until it is back, for better or worse; that takes as long as a statement may."""
        if not self._is_back:
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            await waiting


class MustBeRead(Exception):
    """What the place is like behind a write is not known here."""

    def __init__(self, behind: Write | Holder | None) -> None:
        super().__init__()
        # What to wait for; None where too many have been written since.
        self.behind = behind


class RecentWrites:
    """The last writes of each project in the order of their events, with none left out."""

    def __init__(self, held: HeldProjects) -> None:
        self._held = held
        self._writes_by_project_id: OrderedDict[UUID, deque[Write]] = OrderedDict()

    def behind_all(self, found: PlaceFound, place: TaskPlace) -> tuple[PlaceFound, UUID | None]:
        """The place behind the project's writes, and the event of the last one of them.

        None for the event if the place was read behind all of them. Raises MustBeRead where a
        write concerns the task itself or a neighbour that is named, or a transaction is at work.
        """
        project = found.locked.project
        holder = self._held.holder_of(project.id)
        if holder is not None:
            raise MustBeRead(holder)
        writes = self._writes_by_project_id.get(project.id)
        if not writes or writes[-1].seq <= project.event_seq:
            return found, None
        if writes[0].seq > project.event_seq + 1:
            raise MustBeRead(None)
        ranks = found.ranks
        for write in reversed(writes):
            if write.seq <= project.event_seq:
                break
            ranks = _ranks_behind(write, place, ranks)
        last = writes[-1]
        return found.behind(last.seq, ranks), last.event_id

    def begin(self, write: Write) -> Write | None:
        """Note a write that is about to be sent; return the one before it, if that is known."""
        writes = self._writes_by_project_id.get(write.project_id)
        previous = writes[-1] if writes else None
        if writes is None or previous is None or previous.seq != write.seq - 1:
            writes = self._writes_by_project_id[write.project_id] = deque(maxlen=_WRITES_KEPT)
        writes.append(write)
        self._writes_by_project_id.move_to_end(write.project_id)
        if len(self._writes_by_project_id) > _PROJECTS_KEPT:
            self._writes_by_project_id.popitem(last=False)
        return previous

    def failed(self, write: Write) -> None:
        """Forget the writes of its project: those behind it will fail as well."""
        if write in self._writes_by_project_id.get(write.project_id, ()):
            del self._writes_by_project_id[write.project_id]


def _ranks_behind(write: Write, place: TaskPlace, ranks: FoundRanks) -> FoundRanks:
    if write.task_id == place.task_id:
        raise MustBeRead(write)
    if write.column_id is None or place.column_id is None:
        return ranks
    if write.task_id in (place.before_id, place.after_id):
        raise MustBeRead(write)
    # If it left the column, there is more room than was found, which harms nobody.
    return ranks_with(ranks, write.rank) if write.column_id == place.column_id else ranks
