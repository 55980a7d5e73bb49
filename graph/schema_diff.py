from dataclasses import dataclass
from typing import assert_never

from graphql import GraphQLError, GraphQLSchema, build_schema, specified_scalar_types
from graphql.utilities import find_schema_changes
from graphql.utilities.find_schema_changes import BreakingChange, DangerousChange, SafeChange

# A built-in scalar comes and goes with its first and last use; clients know it anyway.
_NOISE = frozenset(
    text
    for name in specified_scalar_types
    for text in (
        f"{name} was added.",
        f"Standard scalar {name} was removed because it is not referenced anymore.",
    )
)


class InvalidSchemaError(Exception):
    """The text is no valid GraphQL schema; the message says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaDiff:
    """What changed from one schema to another, in sentences, by what it does to clients.

    breaking ends clients that work today, dangerous may surprise them, safe cannot be noticed.
    """

    breaking: tuple[str, ...]
    dangerous: tuple[str, ...]
    safe: tuple[str, ...]


def diff(old: str, new: str) -> SchemaDiff:
    """old, new: SDL → the changes between them; InvalidSchemaError when either is none."""
    breaking, dangerous, safe = [], [], []
    for change in find_schema_changes(_build(old, "old"), _build(new, "new")):
        if change.description in _NOISE:
            continue
        match change:
            case BreakingChange():
                breaking.append(change.description)
            case DangerousChange():
                dangerous.append(change.description)
            case SafeChange():
                safe.append(change.description)
            case _:
                assert_never(change)
    return SchemaDiff(breaking=tuple(breaking), dangerous=tuple(dangerous), safe=tuple(safe))


def _build(sdl: str, which: str) -> GraphQLSchema:
    try:
        return build_schema(sdl)
    except (GraphQLError, TypeError) as error:
        raise InvalidSchemaError(f"the {which} schema is invalid: {error}") from error
