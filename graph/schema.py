"""The schema: its roots, its scalars, and its text."""

from functools import cache
from typing import Final

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig

import graph.enums  # noqa: F401 - registers the domain's enums
from graph.mutations.boards import BoardMutations
from graph.mutations.conversations import ConversationMutations
from graph.mutations.invitations import InvitationMutations
from graph.mutations.members import MemberMutations
from graph.mutations.presence import PresenceMutations
from graph.mutations.tasks import TaskMutations
from graph.mutations.workspaces import WorkspaceMutations
from graph.queries import Query
from graph.scalars import SCALARS
from graph.subscriptions import Subscription


@strawberry.type(description="Everything that can be changed.")
class Mutation(
    WorkspaceMutations,
    MemberMutations,
    InvitationMutations,
    BoardMutations,
    TaskMutations,
    ConversationMutations,
    PresenceMutations,
):
    """Everything that can be changed."""


SCHEMA: Final = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    config=StrawberryConfig(scalar_map=SCALARS),
)


def executable_schema() -> GraphQLSchema:
    """The schema as graphql-core executes it."""
    return SCHEMA._schema  # noqa: SLF001 - Strawberry has no public name for it


@cache
def print_sdl() -> str:
    """The schema definition, as it is kept in schema.graphql; printed once."""
    return SCHEMA.as_str().rstrip() + "\n"
