"""Users, workspaces and who belongs to them."""

from datetime import datetime

import strawberry

from domain import entities
from domain.access import Role
from graph.connections import Connection
from graph.loaders.boards import LabelsByWorkspaceLoader, ProjectsByWorkspaceLoader
from graph.loaders.people import (
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
    labels: list[LabelRef] = relation(
        LabelsByWorkspaceLoader, key="id", description="The labels of all its projects."
    )
    created_at: datetime = strawberry.field(description=CREATED_AT)
    updated_at: datetime = strawberry.field(description=UPDATED_AT)
