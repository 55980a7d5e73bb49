"""CoerceResult: the values of scalars and enums, a column at a time.

What graphql-core would answer unchanged is passed through by its class; everything
else goes through the type's own `coerce_output_value`, value by value.

A single value needs no column: `Inline` is the same for generated code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from math import isfinite
from typing import Final
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

from graph.engine.columns import ORDINARY, Column, is_absent, read_column
from graph.engine.sources import CoerceColumn

_TEXT: Final = {str}
_INTEGER: Final = {int}
_FLOAT: Final = {float}
_BOOLEAN: Final = {bool}


@dataclass(frozen=True, slots=True)
class Inline:
    """CoerceResult of one present value, as a line of a generated function.

    It leaves the result in `value`; where that is not known it returns None or raises.
    """

    line: str
    # What the line calls `coerce`.
    coerce: object = None


class LeafCoercion:
    """CoerceResult of one type."""

    def __init__(self, leaf_type: GraphQLLeafType, known: CoerceColumn | None) -> None:
        # Results of columns that are known to have them, or None.
        self.known_results: CoerceColumn = known or _COERCIONS.get(leaf_type, _unknown)
        self.inline = _INLINE.get(leaf_type) or Inline("value = coerce(value)", self._result)
        self._type = leaf_type
        self._is_specified = leaf_type in _COERCIONS

    def _result(self, value: object) -> object:
        """The result of one value; raise where that is a failure, or the value waits."""
        classes = {type(value)}
        results = self.known_results([value], classes)
        if results is not None:
            return results[0]
        result = self._type.coerce_output_value(value)
        if is_absent(result) or not ORDINARY.include({*classes, type(result)}):
            raise TypeError(f"{inspect(value)} has no plain result")
        return result

    def coerce(self, column: Column) -> Column:
        """Results value by value, with failures in place of what has none."""
        coerced = read_column(self._type.coerce_output_value, column)
        if not self._is_specified:
            for index, value in enumerate(coerced):
                if is_absent(value):
                    coerced[index] = self._absence_error(column[index], value)
        return coerced

    def _absence_error(self, given: object, coerced: object) -> TypeError:
        return TypeError(
            f"Expected `{inspect(self._type)}.coerce_output_value({inspect(given)})`"
            f" to return non-nullable value, returned: {inspect(coerced)}"
        )


class EnumCoercion(LeafCoercion):
    """Names by member. Members of Python enums live as long as their class, so ids will do."""

    def __init__(self, enum_type: GraphQLEnumType) -> None:
        super().__init__(enum_type, self._known_names)
        self._name_by_member_id: dict[int, str] = {}
        self._members: list[Enum] = []
        self.inline = Inline("value = coerce[id(value)]", self._name_by_member_id)

    def _known_names(self, column: Column, _: set[type]) -> Column | None:
        names = self._name_by_member_id
        try:
            return list(map(names.__getitem__, map(id, column)))
        except KeyError:
            return None

    def coerce(self, column: Column) -> Column:
        """Names value by value, which are known from then on."""
        coerced = super().coerce(column)
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
        return coerced


def leaf_coercion(leaf_type: GraphQLLeafType, known: CoerceColumn | None) -> LeafCoercion:
    """How the type's columns are coerced; by `known` where that has an answer."""
    if isinstance(leaf_type, GraphQLEnumType):
        return EnumCoercion(leaf_type)
    return LeafCoercion(leaf_type, known)


def _unknown(column: Column, classes: set[type]) -> None:
    """No column is known."""


def _fits(column: Column) -> bool:
    return not column or (min(column) >= GRAPHQL_MIN_INT and max(column) <= GRAPHQL_MAX_INT)


def _identifiers(column: Column, classes: set[type]) -> Column | None:
    if classes <= _TEXT:
        return column
    for known in classes:
        if not issubclass(known, UUID):
            return None
    return list(map(str, column))


def _integers(column: Column, classes: set[type]) -> Column | None:
    return column if classes <= _INTEGER and _fits(column) else None


def _floats(column: Column, classes: set[type]) -> Column | None:
    return column if classes <= _FLOAT and all(map(isfinite, column)) else None


def _identifier(value: UUID) -> str:
    if not isinstance(value, UUID):
        raise TypeError(f"{inspect(value)} is no identifier")
    return str(value)


_COERCIONS: Final[Mapping[GraphQLLeafType, CoerceColumn]] = {
    GraphQLString: lambda column, classes: column if classes <= _TEXT else None,
    GraphQLBoolean: lambda column, classes: column if classes <= _BOOLEAN else None,
    GraphQLInt: _integers,
    GraphQLFloat: _floats,
    GraphQLID: _identifiers,
}
_INLINE: Final[Mapping[GraphQLLeafType, Inline]] = {
    GraphQLString: Inline("if type(value) is not str: return None"),
    GraphQLBoolean: Inline("if type(value) is not bool: return None"),
    GraphQLInt: Inline(
        "if type(value) is not int or not"
        f" {GRAPHQL_MIN_INT} <= value <= {GRAPHQL_MAX_INT}: return None"
    ),
    GraphQLID: Inline("if type(value) is not str: value = coerce(value)", _identifier),
}
