"""Filters on tasks → SQL conditions."""

from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    all_,
    and_,
    any_,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from domain.identifiers import UserId
from domain.queries import (
    ColumnCondition,
    Comparison,
    LabelCondition,
    LabelsCondition,
    ProjectCondition,
    TaskFilter,
    UserCondition,
)
from persistence.tables import board_columns, labels, projects, task_labels, tasks, users

_PLAIN_FIELDS = (
    "id", "number", "title", "description", "priority", "estimate", "due_date", "created_at",
    "updated_at", "started_at", "completed_at", "canceled_at", "archived_at",
)  # fmt: skip


def task_condition(task_filter: TaskFilter, viewer_id: UserId | None) -> ColumnElement[bool]:
    """The tasks that the filter keeps; `is_me` is the viewer."""
    conditions: list[ColumnElement[bool]] = [
        comparison_condition(tasks.c[name], comparison)
        for name in _PLAIN_FIELDS
        if (comparison := getattr(task_filter, name)) is not None
    ]
    if task_filter.assignee is not None:
        conditions.append(_user_condition(tasks.c.assignee_id, task_filter.assignee, viewer_id))
    if task_filter.creator is not None:
        conditions.append(_user_condition(tasks.c.creator_id, task_filter.creator, viewer_id))
    if task_filter.column is not None:
        conditions.append(_column_condition(task_filter.column))
    if task_filter.project is not None:
        conditions.append(_project_condition(task_filter.project))
    if task_filter.labels is not None:
        conditions.append(_labels_condition(task_filter.labels))
    conditions += [task_condition(part, viewer_id) for part in task_filter.all_of]
    if task_filter.any_of is not None:
        parts = [task_condition(part, viewer_id) for part in task_filter.any_of]
        conditions.append(or_(false(), *parts))
    if task_filter.negated is not None:
        # A condition on an absent value is unknown, and the opposite of unknown is not true.
        conditions.append(
            not_(func.coalesce(task_condition(task_filter.negated, viewer_id), false()))
        )
    return and_(true(), *conditions)


def comparison_condition(
    value: ColumnElement[Any], comparison: Comparison[Any]
) -> ColumnElement[bool]:
    """The rows whose value meets every part of the comparison."""
    operators: dict[str, Callable[[Any], ColumnElement[bool]]] = {
        "eq": lambda given: value == given,
        "neq": value.is_distinct_from,
        "is_in": lambda given: value == any_(_array(value, given)),
        "not_in": lambda given: or_(value != all_(_array(value, given)), value.is_(None)),
        "lt": lambda given: value < given,
        "lte": lambda given: value <= given,
        "gt": lambda given: value > given,
        "gte": lambda given: value >= given,
        "contains": lambda given: value.cast(String).contains(given, autoescape=True),
        "contains_ignore_case": lambda given: value.cast(String).icontains(given, autoescape=True),
        "starts_with": lambda given: value.cast(String).startswith(given, autoescape=True),
        "is_null": lambda given: value.is_(None) if given else value.is_not(None),
    }
    return and_(
        true(),
        *(
            condition(given)
            for name, condition in operators.items()
            if (given := getattr(comparison, name)) is not None
        ),
    )


def _array(value: ColumnElement[Any], given: Collection[Any]) -> ColumnElement[Any]:
    # One parameter however many values, so that the text stays the same.
    return literal(list(given), ARRAY(value.type))


def _user_condition(
    user_id: ColumnElement[UUID], condition: UserCondition, viewer_id: UserId | None
) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = []
    if condition.id is not None:
        conditions.append(comparison_condition(user_id, condition.id))
    if condition.name is not None:
        named = exists().where(
            users.c.id == user_id, comparison_condition(users.c.name, condition.name)
        )
        conditions.append(named)
    if condition.is_me is not None:
        is_me = user_id.is_not_distinct_from(viewer_id)
        conditions.append(is_me if condition.is_me else not_(is_me))
    if condition.is_null is not None:
        conditions.append(user_id.is_(None) if condition.is_null else user_id.is_not(None))
    return and_(true(), *conditions)


def _column_condition(condition: ColumnCondition) -> ColumnElement[bool]:
    matching = select(board_columns.c.id).where(board_columns.c.id == tasks.c.column_id)
    for name in ("id", "name", "category"):
        comparison = getattr(condition, name)
        if comparison is not None:
            matching = matching.where(comparison_condition(board_columns.c[name], comparison))
    return matching.exists()


def _project_condition(condition: ProjectCondition) -> ColumnElement[bool]:
    matching = select(projects.c.id).where(projects.c.id == tasks.c.project_id)
    for name in ("id", "key"):
        comparison = getattr(condition, name)
        if comparison is not None:
            matching = matching.where(comparison_condition(projects.c[name], comparison))
    return matching.exists()


def _labels_condition(condition: LabelsCondition) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = []
    if condition.some is not None:
        conditions.append(_labels_that(_label_condition(condition.some)).exists())
    if condition.every is not None:
        conditions.append(not_(_labels_that(not_(_label_condition(condition.every))).exists()))
    if condition.none is not None:
        conditions.append(not_(_labels_that(_label_condition(condition.none)).exists()))
    return and_(true(), *conditions)


def _labels_that(condition: ColumnElement[bool]) -> Select[Any]:
    return (
        select(labels.c.id)
        .join(task_labels, task_labels.c.label_id == labels.c.id)
        .where(task_labels.c.task_id == tasks.c.id, condition)
    )


def _label_condition(condition: LabelCondition) -> ColumnElement[bool]:
    return and_(
        true(),
        *(
            comparison_condition(labels.c[name], comparison)
            for name in ("id", "name")
            if (comparison := getattr(condition, name)) is not None
        ),
    )
