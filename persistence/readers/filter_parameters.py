"""Filters split into what is compiled once and what is given at each run.

Two filters that differ in nothing but values have the same template, so the statement of
one is the statement of the other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, Final, cast

from domain.queries import Comparison, TaskFilter

# Escapes `%` and `_` in patterns; not the backslash, which text is full of.
PATTERN_ESCAPE: Final = "/"


@dataclass(frozen=True, slots=True)
class Parameter:
    """Stands in a template for the value that a run gives under this name."""

    name: str


def _pattern(text: str) -> str:
    for character in (PATTERN_ESCAPE, "%", "_"):
        text = text.replace(character, PATTERN_ESCAPE + character)
    return text


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else value


# How the driver takes the operand of each operator; the others are part of the template.
_OPERANDS: Final[Mapping[str, Callable[[Any], object]]] = {
    "eq": _plain,
    "neq": _plain,
    "lt": _plain,
    "lte": _plain,
    "gt": _plain,
    "gte": _plain,
    "is_in": lambda values: [_plain(value) for value in values],
    "not_in": lambda values: [_plain(value) for value in values],
    "contains": lambda text: f"%{_pattern(text)}%",
    "contains_ignore_case": lambda text: f"%{_pattern(text)}%",
    "starts_with": lambda text: f"{_pattern(text)}%",
}


def split(task_filter: TaskFilter) -> tuple[TaskFilter, dict[str, object]]:
    """The filter with a Parameter for each operand, and the operands by parameter name."""
    parameters: dict[str, object] = {}
    return cast("TaskFilter", _template(task_filter, parameters)), parameters


def _template(condition: object, parameters: dict[str, object]) -> object:
    if isinstance(condition, tuple):
        return tuple(_template(part, parameters) for part in condition)
    if isinstance(condition, Comparison):
        return _comparison_template(condition, parameters)
    if not is_dataclass(condition) or isinstance(condition, type):
        return condition
    given = {f.name: getattr(condition, f.name) for f in fields(condition)}
    return type(condition)(
        **{name: _template(part, parameters) for name, part in given.items() if part is not None}
    )


def _comparison_template(
    comparison: Comparison[Any], parameters: dict[str, object]
) -> Comparison[Any]:
    template: dict[str, Any] = {"is_null": comparison.is_null}
    for operator, operand in _OPERANDS.items():
        given = getattr(comparison, operator)
        if given is not None:
            parameter = Parameter(f"operand_{len(parameters)}")
            parameters[parameter.name] = operand(given)
            template[operator] = parameter
    return Comparison(**template)
