"""What happened in a project, in order: the truth every live view is built from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any, Final, TypeAlias
from uuid import UUID

from domain.identifiers import EventId, ProjectId, TaskId, UserId, WorkspaceId

JsonValue: TypeAlias = "None | bool | int | float | str | list[JsonValue] | Mapping[str, JsonValue]"

SCHEMA_VERSION: Final = 1


class ProjectEventKind(Enum):
    """What an event tells of."""

    PROJECT_CREATED = "PROJECT_CREATED"
    PROJECT_UPDATED = "PROJECT_UPDATED"
    PROJECT_ARCHIVED = "PROJECT_ARCHIVED"
    PROJECT_RESTORED = "PROJECT_RESTORED"
    COLUMN_CREATED = "COLUMN_CREATED"
    COLUMN_UPDATED = "COLUMN_UPDATED"
    COLUMN_MOVED = "COLUMN_MOVED"
    COLUMN_DELETED = "COLUMN_DELETED"
    COLUMN_REBALANCED = "COLUMN_REBALANCED"
    LABEL_CREATED = "LABEL_CREATED"
    LABEL_UPDATED = "LABEL_UPDATED"
    LABEL_DELETED = "LABEL_DELETED"
    TASK_CREATED = "TASK_CREATED"
    TASK_UPDATED = "TASK_UPDATED"
    TASK_MOVED = "TASK_MOVED"
    TASK_ARCHIVED = "TASK_ARCHIVED"
    TASK_RESTORED = "TASK_RESTORED"
    TASK_DELETED = "TASK_DELETED"
    CHECKLIST_ITEM_CREATED = "CHECKLIST_ITEM_CREATED"
    CHECKLIST_ITEM_UPDATED = "CHECKLIST_ITEM_UPDATED"
    CHECKLIST_ITEM_DELETED = "CHECKLIST_ITEM_DELETED"
    COMMENT_CREATED = "COMMENT_CREATED"
    COMMENT_UPDATED = "COMMENT_UPDATED"
    COMMENT_DELETED = "COMMENT_DELETED"
    ATTACHMENT_CREATED = "ATTACHMENT_CREATED"
    ATTACHMENT_DELETED = "ATTACHMENT_DELETED"
    MEMBER_ADDED = "MEMBER_ADDED"
    MEMBER_UPDATED = "MEMBER_UPDATED"
    MEMBER_REMOVED = "MEMBER_REMOVED"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field's value before and after, as JSON; `field` is its GraphQL name or its id's."""

    field: str
    before: JsonValue
    after: JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectEvent:
    """One entry of a project's log. `seq` is contiguous per project and starts at 1."""

    id: EventId
    workspace_id: WorkspaceId
    project_id: ProjectId
    seq: int
    kind: ProjectEventKind
    subject_id: UUID
    task_id: TaskId | None
    actor_id: UserId | None
    changes: tuple[FieldChange, ...]
    client_mutation_id: str | None
    occurred_at: datetime
    trace_parent: str | None


@dataclass(frozen=True, slots=True)
class Cursor:
    """A position in one project's sequence: everything up to `seq` has been seen."""

    project_id: ProjectId
    seq: int


class ResyncReason(Enum):
    """Why a follower has to read the state again."""

    CURSOR_EXPIRED = "CURSOR_EXPIRED"
    SLOW_CONSUMER = "SLOW_CONSUMER"
    ACCESS_CHANGED = "ACCESS_CHANGED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resync:
    """Nothing up to `cursor` can be replayed; the stream goes on behind it."""

    reason: ResyncReason
    cursor: Cursor


# Bookkeeping that every change touches; telling it would drown what happened.
_UNTOLD: Final = frozenset(
    {"id", "workspace_id", "project_id", "version", "created_at", "updated_at", "event_seq",
     "last_task_number"}
)  # fmt: skip


def changes_between(before: object | None, after: object | None) -> tuple[FieldChange, ...]:
    """The told fields in which two states of one entity differ; None stands for absent."""
    changes: list[FieldChange] = []
    # mypy takes a class for one of its instances, where a key has to be hashable.
    told = _told_fields(type(before if after is None else after))  # type: ignore[arg-type]
    absent = (None,) * len(told.names)
    old_values = absent if before is None else told.values(before)
    new_values = absent if after is None else told.values(after)
    for told_name, old, new in zip(told.names, old_values, new_values, strict=True):
        if old is not new and old != new:
            change = FieldChange(field=told_name, before=json_value(old), after=json_value(new))
            changes.append(change)
    return tuple(changes)


@dataclass(frozen=True, slots=True)
class _ToldFields:
    """What an entity's fields are called where changes are told, and their values."""

    names: tuple[str, ...]
    values: Callable[[object], tuple[object, ...]]


@cache
def _told_fields(entity_type: type[Any]) -> _ToldFields:
    names = [field.name for field in fields(entity_type) if field.name not in _UNTOLD]
    # Asked for one name, attrgetter gives no tuple.
    values = attrgetter(*names, names[0])
    return _ToldFields(tuple(map(camel_case, names)), lambda entity: values(entity)[:-1])


def json_value(value: object) -> JsonValue:
    """The JSON form of an entity's field: enums by name, ids and times as text."""
    match value:
        # The most frequent first.
        case UUID():
            return str(value)
        case str() | None | bool() | int() | float():
            return value
        case Enum():
            return value.name
        case datetime() | date():
            return value.isoformat().replace("+00:00", "Z")
        case Mapping():
            return {str(key): json_value(item) for key, item in value.items()}
        case Iterable():
            return [json_value(item) for item in value]
        case _:
            raise TypeError(f"no JSON form for {type(value).__name__}")


def camel_case(name: str) -> str:
    """`due_date` → `dueDate`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
