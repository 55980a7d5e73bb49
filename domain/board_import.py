"""A board of another tool in neutral form, and what becomes of its names here."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Final

from domain import field_rules
from domain.entities import ColumnCategory, Project

URL_CHARACTERS: Final = 8_000
_KEY_CHARACTERS: Final = 10
_KEY_CHARACTERS_MIN: Final = 2
_KEY_OF_LAST_RESORT: Final = "BOARD"


class ImportKind(Enum):
    """What kind of object an import made; the value is kept in the ledger."""

    PROJECT = "PROJECT"
    USER = "USER"
    MEMBER = "MEMBER"
    COLUMN = "COLUMN"
    LABEL = "LABEL"
    TASK = "TASK"
    CHECKLIST_ITEM = "CHECKLIST_ITEM"
    ATTACHMENT = "ATTACHMENT"
    COMMENT = "COMMENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportKey:
    """An object of the other tool: its kind here and its id there."""

    kind: ImportKind
    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedPerson:
    """Somebody who belongs to the board, or once wrote on it."""

    external_id: str
    name: str
    is_member: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedColumn:
    """A lane of the board. `archived_at` is None for open ones, and where nothing tells it."""

    external_id: str
    name: str
    category: ColumnCategory
    created_at: datetime | None
    is_archived: bool
    archived_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedLabel:
    """A coloured word; names may repeat."""

    external_id: str
    name: str
    color: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedChecklistItem:
    """A step of a task."""

    external_id: str
    title: str
    is_completed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedAttachment:
    """A link of a task."""

    external_id: str
    name: str
    url: str
    created_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedComment:
    """What a person said; `author_id` is None where the export does not tell who."""

    external_id: str
    author_id: str | None
    body: str
    created_at: datetime
    edited_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedTask:
    """A card. Ids of others are external ids of the same board; `number` orders the keys."""

    external_id: str
    column_id: str
    number: int
    title: str
    description: str
    due_date: date | None
    is_completed: bool
    assignee_id: str | None
    creator_id: str | None
    label_ids: tuple[str, ...]
    created_at: datetime
    changed_at: datetime
    archived_at: datetime | None
    checklist: tuple[ImportedChecklistItem, ...]
    attachments: tuple[ImportedAttachment, ...]
    comments: tuple[ImportedComment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedBoard:
    """A whole board, complete and consistent: every id that is named is there, once.

    `columns` are in board order and `tasks` in the order of their columns.
    `remarks` counts what an export holds and we don't keep as it is, by the reason.
    """

    source: str
    external_id: str
    name: str
    description: str
    people: tuple[ImportedPerson, ...]
    columns: tuple[ImportedColumn, ...]
    labels: tuple[ImportedLabel, ...]
    tasks: tuple[ImportedTask, ...]
    remarks: Mapping[str, int]

    def keys(self) -> Iterator[ImportKey]:
        """The key of every object of the board."""
        yield ImportKey(kind=ImportKind.PROJECT, external_id=self.external_id)
        for person in self.people:
            yield ImportKey(kind=ImportKind.USER, external_id=person.external_id)
            if person.is_member:
                yield ImportKey(kind=ImportKind.MEMBER, external_id=person.external_id)
        for kind, objects in (
            (ImportKind.COLUMN, self.columns),
            (ImportKind.LABEL, self.labels),
            (ImportKind.TASK, self.tasks),
        ):
            for imported in objects:
                yield ImportKey(kind=kind, external_id=imported.external_id)
        for task in self.tasks:
            for kind, parts in (
                (ImportKind.CHECKLIST_ITEM, task.checklist),
                (ImportKind.ATTACHMENT, task.attachments),
                (ImportKind.COMMENT, task.comments),
            ):
                for part in parts:
                    yield ImportKey(kind=kind, external_id=part.external_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSummary:
    """What an import did. Counts by kind; kinds that did not occur are left out."""

    project: Project
    created: Mapping[ImportKind, int]
    present: Mapping[ImportKind, int]
    archived: Mapping[ImportKind, int]
    remarks: Mapping[str, int]

    @property
    def changed_nothing(self) -> bool:
        """Whether everything in the file had been imported before, or can't be kept."""
        return not self.created


# The first that occurs wins: "Ready for review" is under way, "Done ideas" is done.
# An apostrophe parts words.
_PHRASES_BY_CATEGORY: Final = (
    (ColumnCategory.UNSTARTED, ("not started", "not done", "to be done", "never done")),
    (
        ColumnCategory.CANCELED,
        (
            *("canceled", "cancelled", "won t do", "won t fix", "wont do", "wont fix", "wontfix"),
            *("rejected", "declined", "abandoned", "discarded", "dropped", "obsolete", "invalid"),
            *("duplicate", "duplicates"),
        ),
    ),
    (
        ColumnCategory.DONE,
        (
            *("done", "complete", "completed", "finished", "closed", "shipped", "released"),
            *("deployed", "resolved", "fixed", "merged", "squashed"),
        ),
    ),
    (
        ColumnCategory.STARTED,
        (
            *("doing", "in progress", "wip", "working on", "started", "underway", "ongoing"),
            *("active", "in development", "in dev", "review", "reviewing", "testing", "in test"),
            *("qa", "verify", "verifying", "verification", "staging", "blocked"),
        ),
    ),
    (
        ColumnCategory.BACKLOG,
        (
            *("backlog", "icebox", "idea", "ideas", "future", "someday", "some day", "maybe"),
            *("wishlist", "wish list", "later", "inbox", "brainstorm", "brainstorming"),
            *("parking lot", "nice to have"),
        ),
    ),
)
# Words that say nothing of what a board is about.
_KEY_STOP_WORDS: Final = frozenset({"A", "AN", "AND", "BOARD", "FOR", "OF", "PROJECT", "THE"})


def category_of(name: str) -> ColumnCategory:
    """What a column is for, guessed from its name; UNSTARTED where the name does not tell."""
    words = " ".join(("", *re.findall(r"[^\W_]+", name.casefold()), ""))
    for category, phrases in _PHRASES_BY_CATEGORY:
        if any(f" {phrase} " in words for phrase in phrases):
            return category
    return ColumnCategory.UNSTARTED


def project_key_from(name: str, taken: Collection[str]) -> str:
    """A free project key that reminds of the name: its one telling word, or initials."""
    folded = unicodedata.normalize("NFKD", name)
    plain = "".join(c for c in folded if not unicodedata.combining(c)).upper()
    words = re.findall(r"[A-Z0-9]+", plain)
    telling = [word for word in words if word not in _KEY_STOP_WORDS] or words
    key = telling[0] if len(telling) == 1 else "".join(word[0] for word in telling)
    key = key.lstrip("0123456789")[:_KEY_CHARACTERS]
    if len(key) < _KEY_CHARACTERS_MIN:
        key = _KEY_OF_LAST_RESORT
    number, free = 1, key
    while free in taken:
        number += 1
        free = f"{key[: _KEY_CHARACTERS - len(str(number))]}{number}"
    return free


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, numbered when another has it; `taken` holds names case-folded."""
    number, free = 1, name
    while free.casefold() in taken:
        number += 1
        suffix = f" ({number})"
        free = f"{name[: field_rules.NAME_CHARACTERS - len(suffix)]}{suffix}"
    return free
