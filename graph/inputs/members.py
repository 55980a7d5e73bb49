"""Inputs of the mutations of members."""

import strawberry

from domain.access import Role
from graph.inputs.commands import MutationInput, optional, required


@strawberry.input(description="Another role for a member.")
class MemberUpdateInput(MutationInput):
    """Another role for a member."""

    membership_id: strawberry.ID = required("Which membership.")
    role: Role = required("What they may do from now on.")


@strawberry.input(description="A membership to end.")
class MemberRemoveInput(MutationInput):
    """A membership to end."""

    membership_id: strawberry.ID = required("Which membership.")


@strawberry.input(
    description="Somebody to invite. An earlier invitation for the same address is replaced."
)
class MemberInviteInput(MutationInput):
    """Somebody to invite."""

    id: strawberry.ID | None = optional("The invitation's id, a UUID of yours.")
    workspace_id: strawberry.ID = required("Where to.")
    email: str = required("Whom: the address of the account that may join.")
    role: Role = required("What they may do there; at most what you may.")


@strawberry.input(description="An invitation to accept.")
class InviteAcceptInput(MutationInput):
    """An invitation to accept."""

    token: str = required("The last part of the link that you were given.")


@strawberry.input(description="An invitation to take back.")
class InviteRevokeInput(MutationInput):
    """An invitation to take back."""

    invitation_id: strawberry.ID = required("Which invitation.")
