"""Templates of filters on tasks → SQL conditions."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Uuid,
    all_,
    and_,
    any_,
    bindparam,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from domain.queries import (
    ColumnCondition,
    Comparison,
    LabelCondition,
    LabelsCondition,
    ProjectCondition,
    TaskFilter,
    UserCondition,
)
from persistence.readers.filter_parameters import PATTERN_ESCAPE, Parameter
from persistence.tables import board_columns, labels, projects, task_labels, tasks, users

_PLAIN_FIELDS = (
    "id", "number", "title", "description", "priority", "estimate", "due_date", "created_at",
    "updated_at", "started_at", "completed_at", "canceled_at", "archived_at",
)  # fmt: skip


def task_condition(task_filter: TaskFilter) -> ColumnElement[bool]:
    """The tasks that a filter of this template keeps; `viewer_id` is a parameter as well."""
    conditions: list[ColumnElement[bool]] = [
        comparison_condition(tasks.c[name], comparison)
        for name in _PLAIN_FIELDS
        if (comparison := getattr(task_filter, name)) is not None
    ]
    if task_filter.assignee is not None:
        conditions.append(_user_condition(tasks.c.assignee_id, task_filter.assignee))
    if task_filter.creator is not None:
        conditions.append(_user_condition(tasks.c.creator_id, task_filter.creator))
    if task_filter.column is not None:
        conditions.append(_column_condition(task_filter.column))
    if task_filter.project is not None:
        conditions.append(_project_condition(task_filter.project))
    if task_filter.labels is not None:
        conditions.append(_labels_condition(task_filter.labels))
    conditions += [task_condition(part) for part in task_filter.all_of]
    if task_filter.any_of is not None:
        parts = [task_condition(part) for part in task_filter.any_of]
        conditions.append(or_(false(), *parts))
    if task_filter.negated is not None:
        # A condition on an absent value is unknown, and the opposite of unknown is not true.
        conditions.append(not_(func.coalesce(task_condition(task_filter.negated), false())))
    return and_(true(), *conditions)


def comparison_condition(
    value: ColumnElement[Any], comparison: Comparison[Any]
) -> ColumnElement[bool]:
    """The rows whose value meets every part of the template of a comparison."""
    operators: dict[str, Callable[[Any], ColumnElement[bool]]] = {
        "eq": lambda given: value == _operand(given, value.type),
        "neq": lambda given: value.is_distinct_from(_operand(given, value.type)),
        "is_in": lambda given: value == any_(_operand(given, ARRAY(value.type))),
        "not_in": lambda given: or_(
            value != all_(_operand(given, ARRAY(value.type))), value.is_(None)
        ),
        "lt": lambda given: value < _operand(given, value.type),
        "lte": lambda given: value <= _operand(given, value.type),
        "gt": lambda given: value > _operand(given, value.type),
        "gte": lambda given: value >= _operand(given, value.type),
        "contains": lambda given: _matches(value, given),
        "contains_ignore_case": lambda given: _matches(value, given, ignores_case=True),
        "starts_with": lambda given: _matches(value, given),
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


def _operand(parameter: Parameter, type_: TypeEngine[Any]) -> ColumnElement[Any]:
    return bindparam(parameter.name, type_=type_)


def _matches(
    value: ColumnElement[Any], pattern: Parameter, *, ignores_case: bool = False
) -> ColumnElement[bool]:
    text, operand = value.cast(String), _operand(pattern, String())
    if ignores_case:
        return func.lower(text).like(func.lower(operand), escape=PATTERN_ESCAPE)
    return text.like(operand, escape=PATTERN_ESCAPE)


def _user_condition(user_id: ColumnElement[UUID], condition: UserCondition) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = []
    if condition.id is not None:
        conditions.append(comparison_condition(user_id, condition.id))
    if condition.name is not None:
        named = exists().where(
            users.c.id == user_id, comparison_condition(users.c.name, condition.name)
        )
        conditions.append(named)
    if condition.is_me is not None:
        is_me = user_id.is_not_distinct_from(bindparam("viewer_id", type_=Uuid))
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
