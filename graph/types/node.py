"""What every object with an id has in common."""

from collections.abc import Callable
from typing import Any

import strawberry
from graphql import GraphQLResolveInfo


@strawberry.interface(description="An object with a globally unique id.")
class Node:
    """An object with a globally unique id."""

    id: strawberry.ID = strawberry.field(description="A UUID, unique among all objects.")


def sourced_from(*entity_types: type) -> "Callable[[Any, GraphQLResolveInfo[Any]], bool]":
    """A type's `is_type_of`: whether the source is one of the entities it shows."""

    def is_type_of(source: Any, _info: "GraphQLResolveInfo[Any]") -> bool:  # noqa: ANN401
        return isinstance(source, entity_types)

    is_type_of.source_classes = entity_types  # type: ignore[attr-defined]
    return staticmethod(is_type_of)


def source_classes(is_type_of: Callable[..., object] | None) -> tuple[type, ...]:
    """The entities that an `is_type_of` is known to be true of; none if it is another's."""
    known: tuple[type, ...] = getattr(is_type_of, "source_classes", ())
    return known
