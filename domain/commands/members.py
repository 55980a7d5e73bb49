"""Changing what a member may do, and removing members.

Every project of the workspace gets an event, in whose log it stands before whatever
happens there next. So whoever follows a project knows from which event on somebody
no longer sees it.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from domain.access import Permission, Role, require
from domain.commands.execution import Command, CommandContext, Outcome
from domain.commands.invitations import withdraw_invitations
from domain.entities import Membership, Workspace
from domain.errors import Forbidden, LastOwner, NotFound
from domain.events import ProjectEventKind, changes_between


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateMember(Command):
    """Give a member another role."""

    membership_id: UUID
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveMember(Command):
    """End a membership. Members may end their own."""

    membership_id: UUID


async def update_member(command: UpdateMember, context: CommandContext) -> Outcome[Membership]:
    """The membership as it is now."""
    workspace, role, before = await _locked_member(command.membership_id, context)
    require(role, Permission.EDIT_MEMBERS)
    _require_owner_for(role, before.role, command.role)
    if command.role is not before.role:
        await _require_other_owner(workspace, before, context)
    after = replace(before, role=command.role)
    if after != before:
        after = replace(after, updated_at=context.now)
        await context.work.memberships.update(before, after)
        await withdraw_invitations(workspace.id, before, after, context)
        await _record(workspace, ProjectEventKind.MEMBER_UPDATED, before, after, context)
    return Outcome(object=after, object_ids=(after.id,), cursor=None)


async def remove_member(command: RemoveMember, context: CommandContext) -> Outcome[Membership]:
    """The membership that has ended."""
    workspace, role, member = await _locked_member(command.membership_id, context)
    if member.user_id != context.actor_id:
        require(role, Permission.EDIT_MEMBERS)
        _require_owner_for(role, member.role)
    await _require_other_owner(workspace, member, context)
    await context.work.memberships.delete(member.id)
    await withdraw_invitations(workspace.id, member, None, context)
    await _record(workspace, ProjectEventKind.MEMBER_REMOVED, member, None, context)
    return Outcome(object=member, object_ids=(member.id,), cursor=None)


async def _locked_member(
    membership_id: UUID, context: CommandContext
) -> tuple[Workspace, Role, Membership]:
    """The locked workspace, the actor's role there, and the member as it is under the lock."""
    missing = NotFound("No such member.", field=("membershipId",))
    found = await context.work.memberships.find(membership_id)
    if found is None:
        raise missing
    try:
        workspace, role = await context.work.lock_workspace(found.workspace_id, context.actor_id)
    except NotFound:
        raise missing from None
    member = await context.work.memberships.find(membership_id)
    if member is None:
        raise missing
    return workspace, role, member


def _require_owner_for(role: Role, *concerned: Role) -> None:
    if Role.OWNER in concerned and role is not Role.OWNER:
        raise Forbidden("Only owners may make, change or remove owners.")


async def _require_other_owner(
    workspace: Workspace, member: Membership, context: CommandContext
) -> None:
    """Raise LastOwner if nobody would own the workspace without this one."""
    if member.role is not Role.OWNER:
        return
    members = await context.work.members(workspace.id)
    if not any(m.role is Role.OWNER and m.id != member.id for m in members):
        raise LastOwner(
            "This is the workspace's only owner. Make somebody else an owner first.",
            field=("membershipId",),
        )


async def _record(
    workspace: Workspace,
    kind: ProjectEventKind,
    before: Membership,
    after: Membership | None,
    context: CommandContext,
) -> None:
    for project in await context.work.lock_projects(workspace.id):
        context.record(project, kind, before.id, changes=changes_between(before, after))
