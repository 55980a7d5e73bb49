"""CoerceVariableValues, with a short way for the values that coercion leaves as they are."""

from collections.abc import Mapping
from typing import Any, Final

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLInputType,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    get_variable_values,
    is_non_null_type,
)
from graphql.execution.get_variable_signature import (
    GraphQLVariableSignature,
    get_variable_signature,
)
from graphql.execution.values import VariableValues, VariableValueSource

# As graphql-core's execute has it.
_ERRORS_MAX: Final = 50
_NO_VARIABLES: Final = VariableValues({}, {})
# What these types coerce a value of exactly this class to is the value.
_CLASS_BY_SCALAR: Final[Mapping[object, type]] = {
    GraphQLID: str,
    GraphQLString: str,
    GraphQLBoolean: bool,
}


class VariableCoercion:
    """Coerces the variables of one operation."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._definitions = operation.variable_definitions or ()
        self._plain = self._plain_signatures()

    def coerced(self, values: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """The variables' values, or what is wrong with them."""
        if not self._definitions:
            return _NO_VARIABLES
        if self._plain is not None:
            known = _unchanged(self._plain, values)
            if known is not None:
                return known
        return get_variable_values(
            self._schema,
            self._definitions,
            dict(values),
            max_errors=_ERRORS_MAX,
            hide_suggestions=True,
        )

    def _plain_signatures(self) -> list[tuple[GraphQLVariableSignature, type]] | None:
        """Each variable with the class of values that stay; None where one has no such class."""
        plain = []
        for definition in self._definitions:
            signature = get_variable_signature(self._schema, definition)
            if isinstance(signature, GraphQLError) or definition.default_value is not None:
                return None
            value_class = _CLASS_BY_SCALAR.get(_nullable(signature.type))
            if value_class is None:
                return None
            plain.append((signature, value_class))
        return plain


def _nullable(input_type: GraphQLInputType) -> GraphQLInputType:
    return input_type.of_type if is_non_null_type(input_type) else input_type


def _unchanged(
    plain: list[tuple[GraphQLVariableSignature, type]], values: Mapping[str, Any]
) -> VariableValues | None:
    """The values, if each is given and of the class that stays."""
    sources: dict[str, VariableValueSource] = {}
    coerced: dict[str, Any] = {}
    for signature, value_class in plain:
        name = signature.name
        value = values.get(name)
        if type(value) is not value_class:
            return None
        sources[name] = VariableValueSource(signature, value)
        coerced[name] = value
    return VariableValues(sources, coerced)
