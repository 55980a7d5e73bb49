"""What a task filter means, in Python: the model that Postgres is held to."""

import operator
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

# Whether one of the given values must be the value, or none may.
_EQUAL: Final = {"eq": True, "in": True, "neq": False, "nin": False}
_UNEQUAL: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
    "contains": operator.contains,
    "containsIgnoreCase": lambda text, given: given.lower() in text.lower(),
    "startsWith": str.startswith,
}
_QUANTIFIERS: Final[Mapping[str, Callable[[Iterable[bool]], bool]]] = {
    "some": any,
    "every": all,
    "none": lambda found: not any(found),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A person, column, project or label, as filters speak of it."""

    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilteredTask:
    """A task, as filters speak of it."""

    values: Mapping[str, Any]
    named: Mapping[str, Named | None]
    labels: Collection[Named] = field(default_factory=tuple)


def matches(task: FilteredTask, given: Mapping[str, Any], viewer_id: str) -> bool:
    """Whether the filter keeps the task."""
    return all(_holds(task, name, part, viewer_id) for name, part in given.items())


def _holds(task: FilteredTask, name: str, part: Any, viewer_id: str) -> bool:  # noqa: ANN401
    match name:
        case "and":
            return all(matches(task, inner, viewer_id) for inner in part)
        case "or":
            return any(matches(task, inner, viewer_id) for inner in part)
        case "not":
            return not matches(task, part, viewer_id)
        case "labels":
            return _labels_hold(task.labels, part)
        case "assignee" | "creator" | "column" | "project":
            return _named_holds(task.named[name], part, viewer_id)
        case _:
            return _compares(task.values[name], part)


def _labels_hold(labels: Collection[Named], part: Mapping[str, Any]) -> bool:
    return all(
        _QUANTIFIERS[quantifier](
            all(_compares(label.values[name], c) for name, c in condition.items())
            for label in labels
        )
        for quantifier, condition in part.items()
    )


def _named_holds(named: Named | None, part: Mapping[str, Any], viewer_id: str) -> bool:
    named_id = None if named is None else named.values["id"]
    for name, condition in part.items():
        match name:
            case "isMe":
                holds = (named_id == viewer_id) is condition
            case "null":
                holds = (named_id is None) is condition
            case "id":
                holds = _compares(named_id, condition)
            case _:
                # Nobody has no name, so no condition on it holds.
                holds = named is not None and _compares(named.values[name], condition)
        if not holds:
            return False
    return True


def _compares(value: Any, comparator: Mapping[str, Any]) -> bool:  # noqa: ANN401
    return all(_compare(value, name, given) for name, given in comparator.items())


def _compare(value: Any, name: str, given: Any) -> bool:  # noqa: ANN401
    if name == "null":
        return (value is None) is given
    if name in _EQUAL:
        many = given if isinstance(given, list) else [given]
        return (value in [_typed(value, item) for item in many]) is _EQUAL[name]
    # No order and no text of an absent value.
    return value is not None and _UNEQUAL[name](value, _typed(value, given))


def _typed(value: Any, given: Any) -> Any:  # noqa: ANN401 - JSON, as the value's type has it
    match value:
        case datetime():
            return datetime.fromisoformat(given)
        case date():
            return date.fromisoformat(given)
        case _:
            return given
