"""A unit of work of two round trips: everything is read at once, then written in one statement.

There is no lock between the two. Every change of a project raises its counter under the lock of
its row, so the write goes through only where the counter is what it was when the rest was read,
and takes the lock by raising it. Then all that was read is still true.

Where other writes of this process came between, and what they changed is known not to matter, the
write goes behind them instead: only if the event at the counter is that of the last one of them.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Final, NoReturn
from uuid import UUID

import asyncpg

from domain.entities import Column, Task
from domain.identifiers import ColumnId, UserId
from domain.ports import (
    BriefWorkFactory,
    Gap,
    IdempotentResult,
    LockedProject,
    NotBrief,
    Overtaken,
    TaskPlace,
    UnitOfWork,
)
from domain.reads import TasksFound, TasksWanted
from persistence import mappings
from persistence.compiled_statements import CompiledStatement
from persistence.database import Database
from persistence.gaps import gap_of
from persistence.held_projects import Holder
from persistence.idempotency import find_first_result
from persistence.project_locks import nothing_there
from persistence.read_pool import ReadPool
from persistence.recent_writes import MustBeRead, RecentWrites, Write
from persistence.stores import TableStore
from persistence.task_places import PlaceFound, find_place
from persistence.task_writes import key_parameters, task_write
from persistence.transactions import Transaction
from persistence.unit_of_work import PostgresUnitOfWork

# Whoever finds the task or a neighbour of the place changed again and again takes locks.
_READS: Final = 3


class _NoTransaction(Transaction):
    """Stands where a transaction would be: whatever asks for it needs a real one."""

    def __init__(self) -> None:
        pass

    async def fetch(self, *_: object) -> NoReturn:
        """Refuse."""
        raise NotBrief


_NO_TRANSACTION: Final = _NoTransaction()
# Nor does it lock anything.
_NO_HOLDER: Final = Holder({})


@dataclass(slots=True, eq=False)
class _Ahead:
    """What was read ahead and what is to be written, of a unit of work and of its stores.

    They have this in common and not each other, in a circle which only the garbage collector frees.
    """

    place: TaskPlace | None = None
    found: PlaceFound | None = None
    update: tuple[Task, Task] | None = None

    def found_for(self, task_id: UUID) -> PlaceFound:
        """What was read ahead for the task; raise NotBrief where it was for another."""
        if self.found is None or self.found.task.id != task_id:
            raise NotBrief
        return self.found


class _TaskAhead(TableStore[Task]):
    """The one task that was read ahead, to be changed at commit; refuses all else."""

    def __init__(self, ahead: _Ahead) -> None:
        super().__init__(_NO_TRANSACTION, mappings.TASKS)
        self._ahead = ahead

    async def find(self, entity_id: UUID) -> Task | None:
        """The task."""
        return self._ahead.found_for(entity_id).task

    async def update(self, before: Task, after: Task) -> None:
        """Write the task at commit."""
        if self._ahead.update is not None:
            raise NotBrief
        self._ahead.update = (before, after)


class _ColumnAhead(TableStore[Column]):
    """The one column that was read ahead; refuses all else."""

    def __init__(self, ahead: _Ahead) -> None:
        super().__init__(_NO_TRANSACTION, mappings.COLUMNS)
        self._ahead = ahead

    async def find(self, entity_id: UUID) -> Column | None:
        """The column, or None if there is none."""
        place, found = self._ahead.place, self._ahead.found
        if place is None or found is None or place.column_id != entity_id:
            raise NotBrief
        return found.column


class BriefUnitOfWork(PostgresUnitOfWork):
    """`domain.ports.UnitOfWork` for moving or editing one task."""

    def __init__(self, reads: ReadPool, recent: RecentWrites, wanted: TasksWanted | None) -> None:
        super().__init__(_NO_TRANSACTION, _NO_HOLDER)
        self._ahead = _Ahead()
        self.tasks = _TaskAhead(self._ahead)
        self.columns = _ColumnAhead(self._ahead)
        # Of the idempotency key, if there is one.
        self._key: Mapping[str, object] | None = None
        self._reads = reads
        self._recent = recent
        self._wanted = wanted
        # Of the write which this one goes behind without having read what it left.
        self._previous_event_id: UUID | None = None

    @property
    def along(self) -> TasksFound | None:
        """What was read with the place: a change of it would have raised the counter.

        People may have changed their names since; they do so at any time.
        """
        return None if self._ahead.found is None else self._ahead.found.along

    async def read_ahead(self, place: TaskPlace, actor_id: UserId) -> None:
        """Read everything that moving the task there asks for, or editing it where it stands."""
        self._ahead.place = place
        for _ in range(_READS):
            found = await find_place(self._reads, place, actor_id, self._wanted)
            if found is None:
                return
            try:
                self._ahead.found, self._previous_event_id = self._recent.behind_all(found, place)
            except MustBeRead as unknown:
                if unknown.behind is not None:
                    await unknown.behind.wait()
            else:
                return
        raise Overtaken

    async def lock_project_of(self, store: str, object_id: UUID, actor_id: UserId) -> LockedProject:
        """The project as it was read; the commit sees whether it still is."""
        if store != "tasks":
            raise NotBrief
        if self._ahead.place is None:
            await self.read_ahead(TaskPlace(task_id=object_id, column_id=None), actor_id)
        if self._ahead.place is None or self._ahead.place.task_id != object_id:
            raise NotBrief
        if self._ahead.found is None:
            raise nothing_there("tasks")
        return self._ahead.found.locked

    async def task_gap(
        self, column_id: ColumnId, *, moving: UUID | None, before: UUID | None, after: UUID | None
    ) -> Gap | None:
        """Where in the column; None when none of the named neighbours stands in it."""
        place = self._ahead.place
        if place is None or (column_id, moving, before, after) != (
            place.column_id,
            place.task_id,
            place.before_id,
            place.after_id,
        ):
            raise NotBrief
        return gap_of(self._ahead.found_for(place.task_id).ranks, before=before, after=after)

    async def commit(self) -> None:
        """Write the task, its event and the key's result, if the project is as it was read."""
        if self._ahead.found is None or (self._ahead.update is None) != (not self._events):
            raise NotBrief
        if self._ahead.update is None:
            # Nothing changed. A key must be kept all the same, and that is a transaction's.
            if self._key is not None:
                raise NotBrief
            return
        if len(self._events) > 1:
            raise NotBrief
        [event] = self._events
        before, after = self._ahead.update
        statement, parameters = task_write(
            before,
            after,
            event,
            seen_seq=self._ahead.found.locked.project.event_seq,
            previous_event_id=self._previous_event_id,
            key=self._key,
        )
        has_moved = (before.column_id, before.position) != (after.column_id, after.position)
        write = Write(
            project_id=event.project_id,
            seq=event.seq,
            event_id=event.id,
            task_id=after.id,
            column_id=after.column_id if has_moved else None,
            rank=after.position,
        )
        await self._send(statement, parameters, write)

    async def _send(
        self, statement: CompiledStatement, parameters: Mapping[str, object], write: Write
    ) -> None:
        previous = self._recent.begin(write)
        is_written = False
        try:
            is_written = bool(await self._reads.fetch(statement, parameters))
        except asyncpg.UniqueViolationError as error:
            # Of a key that somebody claimed meanwhile, as a rule: the transaction waits for them.
            raise Overtaken from error
        finally:
            if not is_written:
                self._recent.failed(write)
            write.ended()
        if not is_written:
            if previous is not None:
                # The next attempt reads what it left.
                await previous.wait()
            raise Overtaken

    async def claim_idempotency_key(
        self,
        actor_id: UserId,
        key: str,
        fingerprint: str,  # noqa: ARG002 - the caller compares
    ) -> IdempotentResult | None:
        """Find what the key's first request led to; it is claimed at commit."""
        return await find_first_result(self._reads, actor_id, key)

    async def keep_idempotent_result(
        self, actor_id: UserId, key: str, result: IdempotentResult
    ) -> None:
        """Claim the key and keep its result at commit."""
        self._key = key_parameters(actor_id, key, result)


def brief_work_factory(database: Database) -> BriefWorkFactory:
    """Brief units of work on the database's pool, which know of each other's writes."""
    recent = RecentWrites(database.held_projects)

    def brief_work(wanted: TasksWanted | None) -> AbstractAsyncContextManager[UnitOfWork]:
        # Nothing is begun, so nothing is to be undone.
        return nullcontext(BriefUnitOfWork(database.reads, recent, wanted))

    return brief_work
