"""Inputs of the mutations of members."""

import strawberry

from domain.access import Role
from graph.inputs.commands import MutationInput, required


@strawberry.input(description="Another role for a member.")
class MemberUpdateInput(MutationInput):
    """Another role for a member."""

    membership_id: strawberry.ID = required("Which membership.")
    role: Role = required("What they may do from now on.")


@strawberry.input(description="A membership to end.")
class MemberRemoveInput(MutationInput):
    """A membership to end."""

    membership_id: strawberry.ID = required("Which membership.")
