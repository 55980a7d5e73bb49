"""CoerceArgumentValues, with what does not depend on variables coerced once."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLError,
    GraphQLField,
    ValueNode,
    VariableNode,
    get_argument_values,
)
from graphql.execution.values import VariableValues, coerce_argument
from graphql.language import ListValueNode, ObjectValueNode


class ArgumentCoercion:
    """Coerces the arguments of one field of an operation."""

    def __init__(self, definition: GraphQLField, node: FieldNode) -> None:
        self._definition = definition
        self._node = node
        # Where an argument is a list or an object around variables, there is no short way.
        self._is_short = False
        self._constants: dict[str, Any] = {}
        self._variable_by_name: dict[str, str] = {}
        self._take_apart({argument.name.value: argument for argument in node.arguments or ()})

    def coerced(self, variable_values: VariableValues) -> Mapping[str, Any]:
        """The arguments' values by their names; raise what is wrong with them."""
        if self._is_short:
            coerced = variable_values.coerced
            values = {
                name: coerced.get(variable) for name, variable in self._variable_by_name.items()
            }
            # Null and absence have rules of their own.
            if None not in values.values():
                return {**self._constants, **values} if self._constants else values
        return get_argument_values(
            self._definition, self._node, variable_values, hide_suggestions=True
        )

    def _take_apart(self, node_by_name: Mapping[str, ArgumentNode]) -> None:
        for name, argument in self._definition.args.items():
            node = node_by_name.get(name)
            if node is not None and isinstance(node.value, VariableNode):
                self._variable_by_name[argument.out_name or name] = node.value.name.value
            elif node is not None and names_variable(node.value):
                return
            else:
                try:
                    coerce_argument(
                        self._constants,
                        self._node,
                        name,
                        argument,
                        node,
                        None,
                        None,
                        hide_suggestions=True,
                    )
                except GraphQLError:
                    # Told with each execution, with its place.
                    return
        self._is_short = True


def names_variable(value: ValueNode) -> bool:
    """Whether there is a variable in the value."""
    match value:
        case VariableNode():
            return True
        case ListValueNode(values=values):
            return any(map(names_variable, values))
        case ObjectValueNode(fields=fields):
            return any(names_variable(field.value) for field in fields)
        case _:
            return False
