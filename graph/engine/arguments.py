"""CoerceArgumentValues, with all that does not depend on the variables' values done once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    ValueNode,
    VariableNode,
    get_argument_values,
    get_named_type,
    is_input_object_type,
)
from graphql.execution.values import VariableValues
from graphql.language import ListValueNode, ObjectValueNode

# The variables' coerced values → a value.
_Fill: TypeAlias = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class _Gap:
    """Where the value of a variable belongs."""

    variable: str


class ArgumentCoercion:
    """Coerces the arguments of one field of an operation.

    A variable's value has been coerced and stays as it is wherever it stands, so the arguments
    are coerced once with gaps in place of the variables, which each execution fills.
    """

    def __init__(self, definition: GraphQLField, node: FieldNode) -> None:
        self._definition = definition
        self._node = node
        self._variables: list[str] = []
        for argument in node.arguments or ():
            self._variables += _variables_in(argument.value)
        self._fill = self._find_fill()

    def coerced(self, variable_values: VariableValues) -> Mapping[str, Any]:
        """The arguments' values by their names; raise what is wrong with them."""
        coerced = variable_values.coerced
        # Null and absence have rules of their own.
        if self._fill is not None and None not in map(coerced.get, self._variables):
            filled: Mapping[str, Any] = self._fill(coerced)
            return filled
        return get_argument_values(
            self._definition, self._node, variable_values, hide_suggestions=True
        )

    def _find_fill(self) -> _Fill | None:
        if any(_has_out_types(argument.type) for argument in self._definition.args.values()):
            return None
        gaps = VariableValues({}, {name: _Gap(name) for name in self._variables})
        try:
            values = get_argument_values(self._definition, self._node, gaps, hide_suggestions=True)
        except GraphQLError:
            # Told with each execution, with its place.
            return None
        if _count_gaps(values) < len(self._variables):
            # A scalar that is written as an object made something else of a variable.
            return None
        return _filling(values) or (lambda _: values)


def _variables_in(value: ValueNode) -> Iterator[str]:
    match value:
        case VariableNode(name=name):
            yield name.value
        case ListValueNode(values=values):
            for item in values:
                yield from _variables_in(item)
        case ObjectValueNode(fields=fields):
            for field in fields:
                yield from _variables_in(field.value)


def names_variable(value: ValueNode) -> bool:
    """Whether there is a variable in the value."""
    return next(_variables_in(value), None) is not None


def _has_out_types(input_type: GraphQLInputType, seen: frozenset[object] = frozenset()) -> bool:
    """Whether the type makes something else of its objects, which may look into them."""
    named = get_named_type(input_type)
    if not is_input_object_type(named) or named in seen:
        return False
    if named.out_type is not GraphQLInputObjectType.out_type:
        return True
    return any(_has_out_types(field.type, seen | {named}) for field in named.fields.values())


def _count_gaps(value: object) -> int:
    if isinstance(value, dict):
        return sum(map(_count_gaps, value.values()))
    if isinstance(value, list):
        return sum(map(_count_gaps, value))
    return isinstance(value, _Gap)


def _filling(value: object) -> _Fill | None:
    """What makes the value with its gaps filled; None where it has no gap."""
    if isinstance(value, _Gap):
        return itemgetter(value.variable)
    if isinstance(value, list):
        return _filling_of_list(value)
    return _filling_of_object(value) if isinstance(value, dict) else None


def _filling_of_object(value: Mapping[str, object]) -> _Fill | None:
    fill_by_name = {name: make for name in value if (make := _filling(value[name])) is not None}
    if not fill_by_name:
        return None
    constants = {name: value[name] for name in value if name not in fill_by_name}

    def fill(coerced: Mapping[str, Any]) -> dict[str, Any]:
        return {**constants, **{name: make(coerced) for name, make in fill_by_name.items()}}

    return fill


def _filling_of_list(values: list[object]) -> _Fill | None:
    fills = [_filling(value) for value in values]
    if not any(fills):
        return None

    def fill(coerced: Mapping[str, Any]) -> list[Any]:
        return [
            value if make is None else make(coerced)
            for value, make in zip(values, fills, strict=True)
        ]

    return fill
