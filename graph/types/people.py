"""Users, workspaces and who belongs to them."""

from datetime import datetime

import strawberry
from strawberry.types import Info

from domain import entities, invitations
from domain.access import Role
from domain.invitations import InvitationStatus
from graph.connections import Connection
from graph.context import GraphContext
from graph.loaders.boards import LabelsByWorkspaceLoader, ProjectsByWorkspaceLoader
from graph.loaders.people import (
    InvitationsByWorkspaceLoader,
    MembershipsByWorkspaceLoader,
    UserByIdLoader,
    ViewerRoleByWorkspaceLoader,
    WorkspaceByIdLoader,
)
from graph.relations import relation
from graph.types.arguments import project_listing
from graph.types.node import Node, sourced_from
from graph.types.references import LabelRef, ProjectRef
from graph.viewer_dependence import OF_VIEWER

CREATED_AT = "When it was created."
UPDATED_AT = "When it was changed last."
VERSION = "Grows by one with every change; pass it as expectedVersion."


@strawberry.type(description="A person.")
class User(Node):
    """A person."""

    is_type_of = sourced_from(entities.User)

    name: str = strawberry.field(description="What they are called.")
    email: str | None = strawberry.field(
        metadata=OF_VIEWER,
        description="Their address; null for people you share no workspace with, "
        "and for people who were imported and can't sign in.",
    )
    created_at: datetime = strawberry.field(description=CREATED_AT)
    updated_at: datetime = strawberry.field(description=UPDATED_AT)


@strawberry.type(description="A user's role in a workspace.")
class Membership(Node):
    """A user's role in a workspace."""

    is_type_of = sourced_from(entities.Membership)

    role: Role = strawberry.field(description="What they may do.")
    user: User = relation(UserByIdLoader, key="user_id", description="Who.")
    workspace: "Workspace" = relation(WorkspaceByIdLoader, key="workspace_id", description="Where.")
    created_at: datetime = strawberry.field(description=CREATED_AT)
    updated_at: datetime = strawberry.field(description=UPDATED_AT)


@strawberry.type(description="An invitation to join a workspace, for the person with an address.")
class Invitation:
    """An invitation to join a workspace."""

    is_type_of = sourced_from(entities.Invitation)

    id: strawberry.ID = strawberry.field(description="A UUID, unique among all objects.")

    email: str = strawberry.field(description="Whom it is for.")
    role: Role = strawberry.field(description="What they may do once they have joined.")
    workspace: "Workspace" = relation(WorkspaceByIdLoader, key="workspace_id", description="Where.")
    inviter: User | None = relation(
        UserByIdLoader,
        key="inviter_id",
        description="Who invited them; null once that account is gone.",
    )
    expires_at: datetime = strawberry.field(description="Until when it can be accepted.")
    accepted_at: datetime | None = strawberry.field(
        description="When it was accepted; null until then."
    )
    created_at: datetime = strawberry.field(description=CREATED_AT)
    updated_at: datetime = strawberry.field(description=UPDATED_AT)


async def _is_viewer_member(root: invitations.InvitationPreview, info: Info) -> bool:
    context: GraphContext = info.context
    if context.viewer is None:
        return False
    return root.workspace_id in (await context.visibility()).role_by_workspace_id


@strawberry.type(description="What an invitation tells whoever holds its token, signed in or not.")
class InvitationPreview:
    """What an invitation tells whoever holds its token."""

    is_type_of = sourced_from(invitations.InvitationPreview)

    workspace_name: str = strawberry.field(description="Where to: what it is called.")
    workspace_slug: str = strawberry.field(description="Where to: its part in addresses.")
    inviter_name: str | None = strawberry.field(
        description="Who invites; null once that account is gone."
    )
    email: str = strawberry.field(description="Whom it is for.")
    role: Role = strawberry.field(description="What they may do once they have joined.")
    status: InvitationStatus = strawberry.field(description="What it is still good for.")
    expires_at: datetime = strawberry.field(description="Until when it can be accepted.")

    is_viewer_member: bool = strawberry.field(
        resolver=_is_viewer_member,
        description="Whether you belong there already; false for nobody.",
    )


@strawberry.type(description="A tenant: what is in it is seen by its members alone.")
class Workspace(Node):
    """A tenant."""

    is_type_of = sourced_from(entities.Workspace)

    slug: str = strawberry.field(description="Its part in addresses.")
    name: str = strawberry.field(description="What it is called.")
    version: int = strawberry.field(description=VERSION)
    viewer_role: Role = relation(
        ViewerRoleByWorkspaceLoader, key="id", description="What the viewer may do here."
    )
    projects: Connection[ProjectRef] = relation(
        ProjectsByWorkspaceLoader,
        key="id",
        arguments=project_listing,
        description="Its projects, in order of their names.",
    )
    members: list[Membership] = relation(
        MembershipsByWorkspaceLoader, key="id", description="Its members, as they joined."
    )
    invitations: list[Invitation] = relation(
        InvitationsByWorkspaceLoader,
        key="id",
        description="Those nobody has accepted yet, newest first; none for those who may "
        "not invite.",
    )
    labels: list[LabelRef] = relation(
        LabelsByWorkspaceLoader, key="id", description="The labels of all its projects."
    )
    created_at: datetime = strawberry.field(description=CREATED_AT)
    updated_at: datetime = strawberry.field(description=UPDATED_AT)
