"""Creating and changing workspaces."""

from dataclasses import dataclass, replace
from uuid import UUID

from domain import field_rules
from domain.access import Permission, Role, require
from domain.commands.execution import Command, CommandContext, Outcome, require_version
from domain.entities import Membership, Workspace
from domain.identifiers import MembershipId, WorkspaceId


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateWorkspace(Command):
    """Open a workspace; the actor becomes its owner."""

    id: UUID | None = None
    slug: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateWorkspace(Command):
    """Rename a workspace or its slug; None leaves a field as it is."""

    workspace_id: UUID
    slug: str | None = None
    name: str | None = None
    expected_version: int | None = None


async def create_workspace(command: CreateWorkspace, context: CommandContext) -> Outcome[Workspace]:
    """The new workspace."""
    workspace = Workspace(
        id=WorkspaceId(command.id or context.ids.new_id()),
        slug=field_rules.slug(command.slug),
        name=field_rules.line(command.name, field="name"),
        version=1,
        created_at=context.now,
        updated_at=context.now,
    )
    await context.work.workspaces.add(workspace)
    await context.work.memberships.add(
        Membership(
            id=MembershipId(context.ids.new_id()),
            workspace_id=workspace.id,
            user_id=context.actor_id,
            role=Role.OWNER,
            created_at=context.now,
            updated_at=context.now,
        )
    )
    return Outcome(object=workspace, object_ids=(workspace.id,), cursor=None)


async def update_workspace(command: UpdateWorkspace, context: CommandContext) -> Outcome[Workspace]:
    """The workspace as it is now."""
    before, role = await context.work.lock_workspace(command.workspace_id, context.actor_id)
    require(role, Permission.EDIT_WORKSPACE)
    require_version(command.expected_version, before.version, before.id)
    after = replace(
        before,
        slug=before.slug if command.slug is None else field_rules.slug(command.slug),
        name=(
            before.name if command.name is None else field_rules.line(command.name, field="name")
        ),
    )
    if after != before:
        after = replace(after, version=before.version + 1, updated_at=context.now)
        await context.work.workspaces.update(before, after)
    return Outcome(object=after, object_ids=(after.id,), cursor=None)
