"""Mutations of invitations."""

import strawberry
from strawberry.types import Info

from domain.commands import invitations
from graph.context import GraphContext
from graph.inputs import members as inputs
from graph.loaders.people import InvitationByIdLoader, MembershipByIdLoader
from graph.mutations.execution import (
    MutationPayload,
    MutationResult,
    deletion,
    mutation,
    payload_deleted_id,
    payload_object,
)
from graph.types.people import Invitation, Membership


def _token(root: MutationResult, info: Info) -> str | None:
    context: GraphContext = info.context
    tokens, made = context.commands.invitation_tokens, root.object
    if made is None or tokens is None:
        return None
    return tokens.token_of(made.id, made.created_at)


@strawberry.type(description="What `memberInvite` led to.")
class MemberInvitePayload(MutationPayload):
    """What `memberInvite` led to."""

    invitation: Invitation | None = payload_object("The invitation, or null on error.")

    token: str | None = strawberry.field(
        resolver=_token,
        description="What lets that person join: hand them the address `/invite/` followed by it. "
        "It is told here and nowhere else. Null on error.",
    )


@strawberry.type(description="What `inviteAccept` led to.")
class InviteAcceptPayload(MutationPayload):
    """What `inviteAccept` led to."""

    membership: Membership | None = payload_object(
        "Your membership of the workspace, or null on error."
    )


@strawberry.type(description="What `inviteRevoke` led to.")
class InviteRevokePayload(MutationPayload):
    """What `inviteRevoke` led to."""

    deleted_invitation_id: strawberry.ID | None = payload_deleted_id(
        "The id of the invitation that was; null on error."
    )


@strawberry.type
class InvitationMutations:
    """Mutations of invitations."""

    member_invite: MemberInvitePayload = mutation(
        invitations.invite_member,
        given=inputs.MemberInviteInput,
        payload=MemberInvitePayload,
        loader=InvitationByIdLoader,
        description="Invite somebody into a workspace. No message is sent: the payload has the "
        "token of the link for them, which is good for seven days and for one person. For "
        "admins; only owners invite owners.",
    )
    invite_accept: InviteAcceptPayload = mutation(
        invitations.accept_invitation,
        given=inputs.InviteAcceptInput,
        payload=InviteAcceptPayload,
        loader=MembershipByIdLoader,
        description="Join the workspace that a token invites to, with an account of the address "
        "that was invited. Who belongs there already keeps their role.",
    )
    invite_revoke: InviteRevokePayload = deletion(
        invitations.revoke_invitation,
        given=inputs.InviteRevokeInput,
        payload=InviteRevokePayload,
        loader=InvitationByIdLoader,
        description="Take an invitation back; its link is good for nothing then. For admins; "
        "for owners where it invites an owner.",
    )
