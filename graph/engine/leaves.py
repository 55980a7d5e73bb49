"""CoerceResult: the values of scalars and enums, a column at a time.

What graphql-core would answer unchanged is passed through by its class; everything
else goes through the type's own `coerce_output_value`, value by value.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from math import isfinite
from typing import Final, TypeAlias
from uuid import UUID

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
)
from graphql.pyutils import inspect
from graphql.type import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT

from graph.engine.columns import Column, is_absent, read_column

# A column of present values and the classes in it → the coerced column, with failures in it.
CoerceColumn: TypeAlias = Callable[[Column, set[type]], Column]

_TEXT: Final = {str}
_INTEGER: Final = {int}
_FLOAT: Final = {float}
_BOOLEAN: Final = {bool}


def coercion_of(leaf_type: GraphQLLeafType) -> CoerceColumn:
    """How the type's columns are coerced."""
    if isinstance(leaf_type, GraphQLEnumType):
        return _EnumCoercion(leaf_type)
    one_by_one = _one_by_one(leaf_type)
    passes = _PASSES.get(leaf_type)
    if passes is not None:
        return lambda column, classes: column if passes(column, classes) else one_by_one(column)
    if leaf_type is GraphQLID:
        return lambda column, classes: _identifiers(column, classes) or one_by_one(column)
    return lambda column, _: one_by_one(column)


def _fits(column: Column) -> bool:
    return not column or (min(column) >= GRAPHQL_MIN_INT and max(column) <= GRAPHQL_MAX_INT)


# Which columns of these types are results as they are.
_PASSES: Final[Mapping[GraphQLLeafType, Callable[[Column, set[type]], bool]]] = {
    GraphQLString: lambda _, classes: classes <= _TEXT,
    GraphQLBoolean: lambda _, classes: classes <= _BOOLEAN,
    GraphQLInt: lambda column, classes: classes <= _INTEGER and _fits(column),
    GraphQLFloat: lambda column, classes: classes <= _FLOAT and all(map(isfinite, column)),
}


def _identifiers(column: Column, classes: set[type]) -> Column | None:
    if classes <= _TEXT:
        return column
    if all(issubclass(known, UUID) for known in classes):
        return list(map(str, column))
    return None


def _one_by_one(leaf_type: GraphQLLeafType) -> Callable[[Column], Column]:
    coerce = leaf_type.coerce_output_value
    is_specified = leaf_type in {
        GraphQLString,
        GraphQLBoolean,
        GraphQLInt,
        GraphQLFloat,
        GraphQLID,
    }

    def coerce_column(column: Column) -> Column:
        coerced = read_column(coerce, column)
        if not is_specified:
            for index, value in enumerate(coerced):
                if is_absent(value):
                    coerced[index] = _absence_error(leaf_type, column[index], value)
        return coerced

    return coerce_column


def _absence_error(leaf_type: GraphQLLeafType, given: object, coerced: object) -> TypeError:
    return TypeError(
        f"Expected `{inspect(leaf_type)}.coerce_output_value({inspect(given)})`"
        f" to return non-nullable value, returned: {inspect(coerced)}"
    )


class _EnumCoercion:
    """Names by member. Members of Python enums live as long as their class, so ids will do."""

    def __init__(self, enum_type: GraphQLEnumType) -> None:
        self._one_by_one = _one_by_one(enum_type)
        self._name_by_member_id: dict[int, str] = {}
        self._members: list[Enum] = []

    def __call__(self, column: Column, _: set[type]) -> Column:
        """The names."""
        names = self._name_by_member_id
        try:
            return [names[id(value)] for value in column]
        except KeyError:
            coerced = self._one_by_one(column)
            self._learn(column, coerced)
            return coerced

    def _learn(self, column: Column, coerced: Column) -> None:
        for value, name in zip(column, coerced, strict=True):
            if (
                isinstance(value, Enum)
                and isinstance(name, str)
                and type(value).__members__.get(value.name) is value
                and id(value) not in self._name_by_member_id
            ):
                # Held, so that no other object can ever have its id.
                self._members.append(value)
                self._name_by_member_id[id(value)] = name
