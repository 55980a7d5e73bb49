"""One run of an import: what earlier runs made, what this one makes, and how far it is."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias, TypeVar
from uuid import UUID

from domain.board_import import ImportedBoard, ImportKey, ImportKind, ImportSummary
from domain.commands.execution import CommandContext
from domain.entities import Project
from domain.ports import Store

E = TypeVar("E")

# Called with the objects dealt with so far and all there are.
Progress: TypeAlias = Callable[[int, int], None]

# A row of a task has 20 values, and a statement at most 32,767.
BATCH_ROWS: Final = 500


@dataclass(slots=True, kw_only=True)
class ImportRun:
    """What the steps of one import share. `known` is the ledger of the runs before it."""

    context: CommandContext
    board: ImportedBoard
    known: Mapping[ImportKey, UUID]
    progress: Progress
    object_count: int
    made: dict[ImportKey, UUID] = field(default_factory=dict)
    archived: Counter[ImportKind] = field(default_factory=Counter)
    remarks: Counter[str] = field(default_factory=Counter)
    _merged: Counter[ImportKind] = field(default_factory=Counter)
    _done_count: int = 0

    def is_new(self, kind: ImportKind, external_id: str) -> bool:
        """Whether no earlier run has met the object."""
        return ImportKey(kind=kind, external_id=external_id) not in self.known

    def find(self, kind: ImportKind, external_id: str) -> UUID | None:
        """What became of the object, though it may be deleted since; None if nothing did."""
        key = ImportKey(kind=kind, external_id=external_id)
        return self.made.get(key) or self.known.get(key)

    def new_id(self, kind: ImportKind, external_id: str) -> UUID:
        """The id for what this run makes of the object."""
        key = ImportKey(kind=kind, external_id=external_id)
        object_id = self.context.ids.new_id()
        self.made[key] = object_id
        return object_id

    def merge(self, kind: ImportKind, external_id: str, object_id: UUID) -> None:
        """Let the object be one that is here already and was not imported."""
        self.made[ImportKey(kind=kind, external_id=external_id)] = object_id
        self._merged[kind] += 1

    async def add(self, store: Store[E], entities: Sequence[E]) -> None:
        """Insert them, a batch at a time."""
        for start in range(0, len(entities), BATCH_ROWS):
            batch = entities[start : start + BATCH_ROWS]
            await store.add(*batch)
            self.advance(len(batch))

    async def find_many(self, store: Store[E], ids: Iterable[UUID]) -> list[E]:
        """Those of the ids that exist, read a batch at a time."""
        wanted = list(ids)
        found: list[E] = []
        for start in range(0, len(wanted), BATCH_ROWS):
            found += await store.find_many(wanted[start : start + BATCH_ROWS])
        return found

    def advance(self, count: int) -> None:
        """Tell the progress of `count` more objects."""
        self._done_count = min(self._done_count + count, self.object_count)
        self.progress(self._done_count, self.object_count)

    def summary(self, project: Project) -> ImportSummary:
        """What the run did."""
        created = Counter(key.kind for key in self.made) - self._merged
        present = Counter(key.kind for key in self.known) + self._merged
        return ImportSummary(
            project=project,
            created=dict(created),
            present=dict(present),
            archived=dict(self.archived),
            remarks=dict(Counter(self.board.remarks) + self.remarks),
        )
