"""How the values of fields are found. The schema's owner names a source for each field."""

from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Protocol, Self, TypeAlias

from graphql import GraphQLField, GraphQLObjectType, GraphQLScalarType

# What an operation's resolvers and loaders are given; the engine only passes it on.
Context: TypeAlias = Any
# A value that fields are read from.
Source: TypeAlias = Any
Arguments: TypeAlias = Mapping[str, Any]


# Values of a scalar and their classes → their results, or None where that needs the scalar's
# own coercion, as for values that are absent or failures.
CoerceColumn: TypeAlias = Callable[[list[Any], set[type]], list[Any] | None]


@dataclass(frozen=True, slots=True)
class Property:
    """A function of the parent alone, without side effects: an attribute, or computed from some."""

    read: Callable[[Source], object]
    # Its name, if it is an attribute.
    attribute: str | None = None

    @classmethod
    def of_attribute(cls, name: str) -> Self:
        """The attribute of that name."""
        return cls(attrgetter(name), name)


def _find_nothing(
    _context: Context,
    _batch: Hashable,
    _keys: Sequence[Hashable],
) -> None:
    """No value is known before it is loaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Values that a loader finds by keys of the parents, for all parents in one batch."""

    # None loads nothing: the field is null.
    key: Callable[[Source], Hashable | None]
    # Instead of `key`, where the arguments alone say what is loaded.
    argument_key: Callable[[Arguments], Hashable] | None = None
    # The field's arguments, as GraphQL coerced them → as `batch` takes them.
    convert: Callable[[Arguments], Arguments]
    # Fields with equal batches and the same `load` are loaded together.
    batch: Callable[[Arguments], Hashable]
    # Distinct keys → as many values in the same order; a value may be an Exception.
    load: Callable[[Context, Hashable, Sequence[Hashable]], Awaitable[Sequence[object]]]
    # The same for keys whose values are all known by now, without waiting; None otherwise.
    find_known: Callable[[Context, Hashable, Sequence[Hashable]], Sequence[object] | None] = (
        _find_nothing
    )


@dataclass(frozen=True, slots=True)
class Resolver:
    """Whatever the schema's own resolver does, called for each parent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A resolver that needs the parent, the context and the arguments, and nothing else."""

    # The field's arguments, as GraphQL coerced them → as `call` takes them.
    convert: Callable[[Arguments], Arguments]
    # What a resolver may return: a value, or an awaitable of one.
    call: Callable[[Source, Context, Arguments], object]


FieldSource: TypeAlias = Property | Relation | Function | Resolver


class Sources(Protocol):
    """What the engine asks the schema's owner while it plans."""

    def field_source(
        self, parent_type: GraphQLObjectType, name: str, field: GraphQLField
    ) -> FieldSource:
        """How the field's value is found."""

    def source_classes(self, object_type: GraphQLObjectType) -> Collection[type]:
        """Classes whose direct instances satisfy the type's `is_type_of`; none if unknown."""

    def coercion(self, scalar_type: GraphQLScalarType) -> CoerceColumn | None:
        """A faster way to the results that the scalar's own coercion gives, or None."""


class ResolverSources:
    """For any schema: every field by its own resolver."""

    def field_source(
        self,
        parent_type: GraphQLObjectType,  # noqa: ARG002 - the same for all
        name: str,  # noqa: ARG002
        field: GraphQLField,  # noqa: ARG002
    ) -> FieldSource:
        """A resolver."""
        return Resolver()

    def source_classes(
        self,
        object_type: GraphQLObjectType,  # noqa: ARG002 - the same for all
    ) -> Collection[type]:
        """None is known."""
        return ()

    def coercion(
        self,
        scalar_type: GraphQLScalarType,  # noqa: ARG002 - the same for all
    ) -> CoerceColumn | None:
        """None is known."""
        return None
