"""Inviting people into a workspace, and joining one.

No message is sent: whoever invites is given the link, once, and hands it over. It is good
for one person, who signs in with the address it is for.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain import field_rules
from domain.access import PERMISSIONS_BY_ROLE, Permission, Role, require
from domain.commands.execution import Command, CommandContext, Outcome
from domain.entities import Invitation, Membership, Workspace
from domain.errors import (
    AlreadyExists,
    AlreadyUsed,
    Expired,
    Forbidden,
    LimitExceeded,
    NotFound,
    WrongAccount,
)
from domain.events import ProjectEventKind, changes_between
from domain.identifiers import InvitationId, MembershipId, WorkspaceId

# Long enough for somebody who is away for a week; a new one takes a moment.
LIFETIME: Final = timedelta(days=7)
# What one admin's program can fill the list with.
WAITING_MAX: Final = 200
HOURLY_MAX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteMember(Command):
    """Invite whoever has the address; an earlier invitation of theirs is replaced."""

    id: UUID | None = None
    workspace_id: UUID
    email: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptInvitation(Command):
    """Join the workspace that the token invites to."""

    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeInvitation(Command):
    """Take an invitation back."""

    invitation_id: UUID


async def invite_member(command: InviteMember, context: CommandContext) -> Outcome[Invitation]:
    """The new invitation."""
    workspace, role = await context.work.lock_workspace(command.workspace_id, context.actor_id)
    require(role, Permission.EDIT_MEMBERS)
    _require_owner_to_make_owners(role, command.role)
    invitations, email = context.work.invitations, field_rules.email(command.email)
    if await invitations.is_address_of_member(workspace.id, email):
        raise AlreadyExists(
            "Somebody with this address belongs to the workspace.", field=("email",)
        )
    known = await invitations.of_workspace(workspace.id)
    _require_room([i for i in known if i.email != email], context.now)
    await invitations.delete(*(i.id for i in known if i.email == email))
    invitation = _new_invitation(command, workspace, email, context)
    await invitations.add(invitation)
    return Outcome(object=invitation, object_ids=(invitation.id,), cursor=None)


async def accept_invitation(
    command: AcceptInvitation, context: CommandContext
) -> Outcome[Membership]:
    """The membership it led to; the one there is for somebody who belongs there already."""
    workspace, invitation = await _locked_by_token(command.token, context)
    user = await context.work.users.find(context.actor_id)
    if user is None or user.email != invitation.email:
        raise WrongAccount(
            f"This invitation is for {invitation.email}. Sign in with that address.",
            field=("token",),
        )
    members = await context.work.members(workspace.id)
    present = next((m for m in members if m.user_id == context.actor_id), None)
    if present is None:
        _require_good(invitation, context.now)
    if invitation.accepted_at is None:
        accepted = replace(invitation, accepted_at=context.now, updated_at=context.now)
        await context.work.invitations.update(invitation, accepted)
    membership = present or await _add_member(workspace, invitation, context)
    return Outcome(object=membership, object_ids=(membership.id,), cursor=None)


async def revoke_invitation(
    command: RevokeInvitation, context: CommandContext
) -> Outcome[Invitation]:
    """The invitation that was."""
    missing = NotFound("No such invitation.", field=("invitationId",))
    found = await context.work.invitations.find(command.invitation_id)
    if found is None:
        raise missing
    try:
        _, role = await context.work.lock_workspace(found.workspace_id, context.actor_id)
    except NotFound:
        raise missing from None
    require(role, Permission.EDIT_MEMBERS)
    _require_owner_to_make_owners(role, found.role)
    await context.work.invitations.delete(found.id)
    return Outcome(object=found, object_ids=(found.id,), cursor=None)


async def withdraw_invitations(
    workspace_id: WorkspaceId, before: Membership, after: Membership | None, context: CommandContext
) -> None:
    """Take back what a member has invited to and no longer may; the workspace is locked."""
    invitations = await context.work.invitations.of_workspace(workspace_id)
    await context.work.invitations.delete(
        *(
            invitation.id
            for invitation in invitations
            if invitation.inviter_id == before.user_id
            and invitation.accepted_at is None
            and not (after is not None and _may_invite(after.role, invitation.role))
        )
    )


def _may_invite(role: Role, invited: Role) -> bool:
    is_allowed = Permission.EDIT_MEMBERS in PERMISSIONS_BY_ROLE[role]
    return is_allowed and (invited is not Role.OWNER or role is Role.OWNER)


def _require_owner_to_make_owners(role: Role, invited: Role) -> None:
    if invited is Role.OWNER and role is not Role.OWNER:
        raise Forbidden("Only owners may invite owners.")


def _require_room(others: Sequence[Invitation], now: datetime) -> None:
    # With those that have expired: they are on the list, which this bounds.
    waiting_count = sum(i.accepted_at is None for i in others)
    if waiting_count >= WAITING_MAX:
        raise LimitExceeded(
            f"At most {WAITING_MAX} people may be invited at once. Take some invitations back.",
            field=("workspaceId",),
        )
    recent_count = sum(now - i.created_at < timedelta(hours=1) for i in others)
    if recent_count >= HOURLY_MAX:
        raise LimitExceeded(
            f"At most {HOURLY_MAX} people can be invited within an hour. Try again later.",
            field=("workspaceId",),
        )


def _new_invitation(
    command: InviteMember, workspace: Workspace, email: str, context: CommandContext
) -> Invitation:
    invitation_id = InvitationId(command.id or context.ids.new_id())
    tokens = context.invitation_tokens
    return Invitation(
        id=invitation_id,
        workspace_id=workspace.id,
        email=email,
        role=command.role,
        inviter_id=context.actor_id,
        token_hash=tokens.hash(tokens.token_of(invitation_id, context.now)),
        expires_at=context.now + LIFETIME,
        accepted_at=None,
        created_at=context.now,
        updated_at=context.now,
    )


async def _locked_by_token(token: str, context: CommandContext) -> tuple[Workspace, Invitation]:
    """The locked workspace, and the invitation to it as it is under the lock."""
    missing = NotFound(
        "There is no such invitation, or it was taken back. Ask for a new one.", field=("token",)
    )
    tokens, invitations = context.invitation_tokens, context.work.invitations
    invitation_id = tokens.find_id(token)
    found = None if invitation_id is None else await invitations.find(invitation_id)
    # In constant time: how much of a guess is right must not show.
    if found is None or not hmac.compare_digest(found.token_hash, tokens.hash(token)):
        raise missing
    workspace = await invitations.lock_workspace(found.workspace_id)
    invitation = await invitations.find(found.id)
    if workspace is None or invitation is None or invitation.token_hash != found.token_hash:
        raise missing
    return workspace, invitation


def _require_good(invitation: Invitation, now: datetime) -> None:
    if invitation.accepted_at is not None:
        raise AlreadyUsed("This invitation has been used. Ask for a new one.", field=("token",))
    if now >= invitation.expires_at:
        raise Expired("This invitation has expired. Ask for a new one.", field=("token",))


async def _add_member(
    workspace: Workspace, invitation: Invitation, context: CommandContext
) -> Membership:
    """The new membership, told in every project's log."""
    membership = Membership(
        id=MembershipId(context.ids.new_id()),
        workspace_id=workspace.id,
        user_id=context.actor_id,
        role=invitation.role,
        created_at=context.now,
        updated_at=context.now,
    )
    await context.work.memberships.add(membership)
    changes = changes_between(None, membership)
    for project in await context.work.lock_projects(workspace.id):
        context.record(project, ProjectEventKind.MEMBER_ADDED, membership.id, changes=changes)
    return membership
