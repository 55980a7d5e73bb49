"""Operations made by walking a schema at random: larger than generated ones, and quick."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_required_argument,
)

_DEPTH: Final = 5
_FIELDS: Final = 60


class OperationWalk:
    """Makes one operation."""

    def __init__(
        self, schema: GraphQLSchema, random: Random, literals: Mapping[str, Sequence[str]]
    ) -> None:
        """`literals`: what an argument of a name may be given."""
        self._schema = schema
        self._random = random
        self._literals = literals
        self._fields_left = _FIELDS

    def query(self) -> str:
        """A query's text."""
        assert self._schema.query_type is not None
        return self._selections(self._schema.query_type, _DEPTH)

    def mutation(self) -> str:
        """A mutation's text."""
        assert self._schema.mutation_type is not None
        return "mutation " + self._selections(self._schema.mutation_type, _DEPTH)

    def _selections(self, named: GraphQLNamedType, depth: int) -> str:
        parts = []
        for name, field in self._some_fields(named, depth):
            inner = get_named_type(field.type)
            below = "" if is_leaf_type(inner) else self._selections(inner, depth - 1)
            parts.append(f"{name}{self._arguments(field)} {below}")
        possible_types = self._schema.get_possible_types(named) if is_abstract_type(named) else ()
        parts += [
            f"... on {possible.name} {self._selections(possible, depth)}"
            for possible in possible_types
            if self._random.random() < 2 / len(possible_types)
        ]
        return "{ " + " ".join(parts or ["__typename"]) + " }"

    def _some_fields(self, named: GraphQLNamedType, depth: int) -> list[tuple[str, GraphQLField]]:
        fields: dict[str, GraphQLField] = getattr(named, "fields", {})
        is_deep = depth > 0 and self._fields_left > 0
        possible = [
            (name, field)
            for name, field in fields.items()
            if (is_deep or is_leaf_type(get_named_type(field.type))) and self._is_callable(field)
        ]
        chosen = self._random.sample(possible, min(len(possible), self._random.randint(1, 5)))
        self._fields_left -= len(chosen)
        return chosen

    def _is_callable(self, field: GraphQLField) -> bool:
        return all(
            name in self._literals
            for name, argument in field.args.items()
            if is_required_argument(argument)
        )

    def _arguments(self, field: GraphQLField) -> str:
        given = [
            f"{name}: {self._random.choice(self._literals[name])}"
            for name, argument in field.args.items()
            if name in self._literals
            and (is_required_argument(argument) or self._random.random() < 0.5)
        ]
        return f"({', '.join(given)})" if given else ""
