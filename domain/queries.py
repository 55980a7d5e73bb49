"""What readers are asked for: pages, orders and filters, as hashable values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Final, Generic, TypeVar
from uuid import UUID

from domain.entities import ColumnCategory, Priority

T = TypeVar("T")
V = TypeVar("V")

PAGE_SIZE_DEFAULT: Final = 50
PAGE_SIZE_MAX: Final = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`size` items from one end: after `after` going forward, or before `before` going back.

    Cursors are opaque to everybody but the reader that made them.
    """

    size: int = PAGE_SIZE_DEFAULT
    is_backward: bool = False
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window(Generic[T]):
    """A page of items in order, each with its cursor."""

    items: tuple[T, ...]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool
    # A number for each item, where something was to be counted along.
    counts: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Generic[V]):
    """Conditions on one value that must all hold; None leaves one out."""

    eq: V | None = None
    neq: V | None = None
    is_in: tuple[V, ...] | None = None
    not_in: tuple[V, ...] | None = None
    lt: V | None = None
    lte: V | None = None
    gt: V | None = None
    gte: V | None = None
    contains: str | None = None
    contains_ignore_case: str | None = None
    starts_with: str | None = None
    is_null: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCondition:
    """Conditions on a task's assignee or creator."""

    id: Comparison[UUID] | None = None
    name: Comparison[str] | None = None
    is_me: bool | None = None
    is_null: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnCondition:
    """Conditions on the column a task stands in."""

    id: Comparison[UUID] | None = None
    name: Comparison[str] | None = None
    category: Comparison[ColumnCategory] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectCondition:
    """Conditions on a task's project."""

    id: Comparison[UUID] | None = None
    key: Comparison[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCondition:
    """Conditions on one label."""

    id: Comparison[UUID] | None = None
    name: Comparison[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelsCondition:
    """Conditions on a task's set of labels."""

    some: LabelCondition | None = None
    every: LabelCondition | None = None
    none: LabelCondition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFilter:
    """Conditions on tasks that must all hold."""

    all_of: tuple["TaskFilter", ...] = ()
    any_of: tuple["TaskFilter", ...] | None = None
    negated: "TaskFilter | None" = None
    id: Comparison[UUID] | None = None
    number: Comparison[int] | None = None
    title: Comparison[str] | None = None
    description: Comparison[str] | None = None
    priority: Comparison[Priority] | None = None
    estimate: Comparison[int] | None = None
    due_date: Comparison[date] | None = None
    created_at: Comparison[datetime] | None = None
    updated_at: Comparison[datetime] | None = None
    started_at: Comparison[datetime] | None = None
    completed_at: Comparison[datetime] | None = None
    canceled_at: Comparison[datetime] | None = None
    archived_at: Comparison[datetime] | None = None
    assignee: UserCondition | None = None
    creator: UserCondition | None = None
    column: ColumnCondition | None = None
    project: ProjectCondition | None = None
    labels: LabelsCondition | None = None


class TaskOrderField(Enum):
    """What tasks can be sorted by. POSITION is board order: the column's, then the task's."""

    POSITION = "POSITION"
    NUMBER = "NUMBER"
    TITLE = "TITLE"
    PRIORITY = "PRIORITY"
    DUE_DATE = "DUE_DATE"
    CREATED_AT = "CREATED_AT"
    UPDATED_AT = "UPDATED_AT"


class OrderDirection(Enum):
    """Which end comes first; absent values come last either way."""

    ASC = "ASC"
    DESC = "DESC"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOrder:
    """One sort key."""

    field: TaskOrderField
    direction: OrderDirection = OrderDirection.ASC


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSelection:
    """Which tasks, in which order. Ties are broken by id, so pages never overlap."""

    filter: TaskFilter | None = None
    order: tuple[TaskOrder, ...] = ()
    includes_archived: bool = False


class TaskParent(Enum):
    """What a list of tasks belongs to."""

    WORKSPACE = "WORKSPACE"
    PROJECT = "PROJECT"
    COLUMN = "COLUMN"


class EventParent(Enum):
    """What a list of events tells of."""

    PROJECT = "PROJECT"
    TASK = "TASK"
