"""Filters and orders, in Linear's shape."""

from collections.abc import Callable
from dataclasses import Field, fields
from datetime import date, datetime
from typing import Any, Final, TypeVar

import strawberry
from strawberry import UNSET

from domain.entities import ColumnCategory, Priority
from domain.errors import InvalidInput, LimitExceeded
from domain.events import camel_case
from domain.field_rules import storable
from domain.queries import (
    ColumnCondition,
    Comparison,
    LabelCondition,
    LabelsCondition,
    OrderDirection,
    ProjectCondition,
    TaskFilter,
    TaskOrder,
    TaskOrderField,
    TaskSelection,
    UserCondition,
)
from graph.identifiers import decode_id
from graph.viewer_dependence import OF_VIEWER

T = TypeVar("T")

# A filter is compiled to SQL: bounded, so that nobody can ask for a statement without end.
_FILTER_PARTS_MAX: Final = 100
_VALUES_MAX: Final = 250

_EQ: Final = "Is this value."
_NEQ: Final = "Is not this value."
_IN: Final = "Is one of these values."
_NIN: Final = "Is none of these values."
_LT: Final = "Is below this value."
_LTE: Final = "Is this value or below."
_GT: Final = "Is above this value."
_GTE: Final = "Is this value or above."
_NULL: Final = "true: has no value; false: has one."


def _absent(description: str, name: str | None = None) -> Any:  # noqa: ANN401 - a field of any type
    return strawberry.field(default=UNSET, description=description, name=name)


@strawberry.input(description="Conditions on an id, which must all hold.")
class IDComparator:
    """Conditions on an id."""

    eq: strawberry.ID | None = _absent(_EQ)
    neq: strawberry.ID | None = _absent(_NEQ)
    is_in: list[strawberry.ID] | None = _absent(_IN, "in")
    not_in: list[strawberry.ID] | None = _absent(_NIN, "nin")


@strawberry.input(description="Conditions on a text, which must all hold.")
class StringComparator:
    """Conditions on a text."""

    eq: str | None = _absent(_EQ)
    neq: str | None = _absent(_NEQ)
    is_in: list[str] | None = _absent(_IN, "in")
    not_in: list[str] | None = _absent(_NIN, "nin")
    contains: str | None = _absent("Contains this text.")
    contains_ignore_case: str | None = _absent("Contains this text, whatever the case.")
    starts_with: str | None = _absent("Begins with this text.")


@strawberry.input(description="Conditions on a whole number, which must all hold.")
class IntComparator:
    """Conditions on a whole number."""

    eq: int | None = _absent(_EQ)
    neq: int | None = _absent(_NEQ)
    is_in: list[int] | None = _absent(_IN, "in")
    not_in: list[int] | None = _absent(_NIN, "nin")
    lt: int | None = _absent(_LT)
    lte: int | None = _absent(_LTE)
    gt: int | None = _absent(_GT)
    gte: int | None = _absent(_GTE)
    is_null: bool | None = _absent(_NULL, "null")


@strawberry.input(description="Conditions on a day, which must all hold.")
class DateComparator:
    """Conditions on a day."""

    eq: date | None = _absent(_EQ)
    lt: date | None = _absent(_LT)
    lte: date | None = _absent(_LTE)
    gt: date | None = _absent(_GT)
    gte: date | None = _absent(_GTE)
    is_null: bool | None = _absent(_NULL, "null")


@strawberry.input(description="Conditions on an instant, which must all hold.")
class DateTimeComparator:
    """Conditions on an instant."""

    eq: datetime | None = _absent(_EQ)
    lt: datetime | None = _absent(_LT)
    lte: datetime | None = _absent(_LTE)
    gt: datetime | None = _absent(_GT)
    gte: datetime | None = _absent(_GTE)
    is_null: bool | None = _absent(_NULL, "null")


@strawberry.input(description="Conditions on a priority, which must all hold.")
class PriorityComparator:
    """Conditions on a priority."""

    eq: Priority | None = _absent(_EQ)
    neq: Priority | None = _absent(_NEQ)
    is_in: list[Priority] | None = _absent(_IN, "in")
    not_in: list[Priority] | None = _absent(_NIN, "nin")


@strawberry.input(description="Conditions on a column's category, which must all hold.")
class ColumnCategoryComparator:
    """Conditions on a column's category."""

    eq: ColumnCategory | None = _absent(_EQ)
    neq: ColumnCategory | None = _absent(_NEQ)
    is_in: list[ColumnCategory] | None = _absent(_IN, "in")
    not_in: list[ColumnCategory] | None = _absent(_NIN, "nin")


@strawberry.input(description="Conditions on a person, which must all hold.")
class UserFilter:
    """Conditions on a person."""

    id: IDComparator | None = _absent("The person's id.")
    name: StringComparator | None = _absent("The person's name.")
    is_me: bool | None = strawberry.field(
        default=UNSET, description="Whether it is the viewer.", metadata=OF_VIEWER
    )
    is_null: bool | None = _absent("true: nobody; false: somebody.", "null")


@strawberry.input(description="Conditions on a column, which must all hold.")
class ColumnFilter:
    """Conditions on a column."""

    id: IDComparator | None = _absent("The column's id.")
    name: StringComparator | None = _absent("The column's name.")
    category: ColumnCategoryComparator | None = _absent("The column's category.")


@strawberry.input(description="Conditions on a project, which must all hold.")
class ProjectFilter:
    """Conditions on a project."""

    id: IDComparator | None = _absent("The project's id.")
    key: StringComparator | None = _absent("The project's key.")


@strawberry.input(description="Conditions on a label, which must all hold.")
class LabelFilter:
    """Conditions on a label."""

    id: IDComparator | None = _absent("The label's id.")
    name: StringComparator | None = _absent("The label's name.")


@strawberry.input(description="Conditions on a task's labels, which must all hold.")
class LabelCollectionFilter:
    """Conditions on a task's labels."""

    some: LabelFilter | None = _absent("At least one label matches.")
    every: LabelFilter | None = _absent("Every label matches; true without labels.")
    none: LabelFilter | None = _absent("No label matches.")


@strawberry.input(name="TaskFilter", description="Conditions on tasks, which must all hold.")
class TaskFilterInput:
    """Conditions on tasks."""

    all_of: list["TaskFilterInput"] | None = _absent("All of these hold.", "and")
    any_of: list["TaskFilterInput"] | None = _absent("At least one of these holds.", "or")
    negated: "TaskFilterInput | None" = _absent("This does not hold.", "not")
    id: IDComparator | None = _absent("The task's id.")
    number: IntComparator | None = _absent("The number in its human key.")
    title: StringComparator | None = _absent("The title.")
    description: StringComparator | None = _absent("The description.")
    priority: PriorityComparator | None = _absent("The priority.")
    estimate: IntComparator | None = _absent("The estimate.")
    due_date: DateComparator | None = _absent("The due date.")
    created_at: DateTimeComparator | None = _absent("When it was created.")
    updated_at: DateTimeComparator | None = _absent("When it was changed last.")
    started_at: DateTimeComparator | None = _absent("When work began.")
    completed_at: DateTimeComparator | None = _absent("When it was finished.")
    canceled_at: DateTimeComparator | None = _absent("When it was given up.")
    archived_at: DateTimeComparator | None = _absent("When it was archived.")
    assignee: UserFilter | None = _absent("Who works on it.")
    creator: UserFilter | None = _absent("Who created it.")
    column: ColumnFilter | None = _absent("Where it stands.")
    project: ProjectFilter | None = _absent("What it belongs to.")
    labels: LabelCollectionFilter | None = _absent("Its labels.")


@strawberry.input(name="TaskOrder", description="One sort key.")
class TaskOrderInput:
    """One sort key."""

    field: TaskOrderField = strawberry.field(description="What to sort by.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC, description="Which end comes first."
    )


_CONDITION_BY_INPUT: Final[dict[type, Callable[..., Any]]] = {
    IDComparator: Comparison,
    StringComparator: Comparison,
    IntComparator: Comparison,
    DateComparator: Comparison,
    DateTimeComparator: Comparison,
    PriorityComparator: Comparison,
    ColumnCategoryComparator: Comparison,
    UserFilter: UserCondition,
    ColumnFilter: ColumnCondition,
    ProjectFilter: ProjectCondition,
    LabelFilter: LabelCondition,
    LabelCollectionFilter: LabelsCondition,
    TaskFilterInput: TaskFilter,
}


def task_selection(
    task_filter: TaskFilterInput | None,
    order_by: list[TaskOrderInput] | None,
    *,
    includes_archived: bool,
) -> TaskSelection:
    """What a list of tasks is asked for; raise InvalidInput or LimitExceeded if it can't be."""
    order = tuple(TaskOrder(field=o.field, direction=o.direction) for o in order_by or ())
    if len({term.field for term in order}) < len(order):
        raise InvalidInput("A field can be sorted by once.", field=("orderBy",))
    return TaskSelection(
        filter=_FilterDecoder().decode(task_filter) if task_filter else None,
        order=order,
        includes_archived=includes_archived,
    )


class _FilterDecoder:
    """Inputs → conditions, counting the parts on the way."""

    def __init__(self) -> None:
        self._parts = 0

    def decode(self, given: TaskFilterInput) -> TaskFilter:
        """The filter's conditions."""
        decoded: TaskFilter = self._condition(given, ("filter",))
        return decoded

    def _condition(self, given: Any, path: tuple[str, ...]) -> Any:  # noqa: ANN401
        self._parts += 1
        if self._parts > _FILTER_PARTS_MAX:
            raise LimitExceeded(
                f"A filter has at most {_FILTER_PARTS_MAX} conditions.", field=("filter",)
            )
        condition = _CONDITION_BY_INPUT[type(given)]
        values = {
            f.name: self._value(given, f.name, (*path, _graphql_name(f)))
            for f in fields(given)
            if getattr(given, f.name) not in (UNSET, None)
        }
        return condition(**values)

    def _value(self, given: Any, name: str, path: tuple[str, ...]) -> Any:  # noqa: ANN401
        value = getattr(given, name)
        if isinstance(value, list):
            if len(value) > _VALUES_MAX:
                raise LimitExceeded(f"At most {_VALUES_MAX} values.", field=path)
            return tuple(
                self._scalar(given, item, (*path, str(index))) for index, item in enumerate(value)
            )
        return self._scalar(given, value, path)

    def _scalar(self, given: Any, value: Any, path: tuple[str, ...]) -> Any:  # noqa: ANN401
        if type(value) in _CONDITION_BY_INPUT:
            return self._condition(value, path)
        if isinstance(given, IDComparator):
            return decode_id(value, *path)
        if isinstance(value, str):
            return _storable(value, path)
        return value


def _storable(value: str, path: tuple[str, ...]) -> str:
    try:
        return storable(value, field=path[-1])
    except InvalidInput as error:
        raise InvalidInput(error.message, field=path) from error


def _graphql_name(field: "Field[Any]") -> str:
    """What clients call the field: Strawberry keeps a name that is not the camel-cased one."""
    return getattr(field, "graphql_name", None) or camel_case(field.name)
