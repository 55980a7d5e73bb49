"""What becomes of a value that can't be completed."""

from dataclasses import dataclass

from graphql import GraphQLError, GraphQLObjectType
from graphql.pyutils import inspect


@dataclass(frozen=True, slots=True, eq=False)
class FieldFailure:
    """Stands in the response where a value failed, until errors are handled.

    `level` counts how often execution had to wait before: failures are reported in the
    order in which they happened.
    """

    error: Exception
    level: int


def null_error(parent_type: GraphQLObjectType, field_name: str) -> TypeError:
    """Why a non-null position can't be null."""
    return TypeError(f"Cannot return null for non-nullable field {parent_type}.{field_name}.")


def not_iterable_error(parent_type: GraphQLObjectType, field_name: str) -> GraphQLError:
    """Why a list can't be made of something else."""
    return GraphQLError(
        f"Expected Iterable, but did not find one for field '{parent_type}.{field_name}'."
    )


def wrong_type_error(object_type: GraphQLObjectType, value: object) -> GraphQLError:
    """Why the source of another type can't be shown as this one."""
    return GraphQLError(f"Expected value of type '{object_type}' but got: {inspect(value)}.")
