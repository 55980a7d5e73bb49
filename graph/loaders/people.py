"""Loaders of users, workspaces and memberships."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from domain.access import Role
from domain.entities import Invitation, Membership, User, Workspace
from domain.identifiers import WorkspaceId
from domain.reads import Visibility
from graph.loading import EntityLoader, ListLoader


class UserByIdLoader(EntityLoader[User]):
    """People who are named by something the viewer sees."""

    async def read(self, keys: Sequence[UUID], scope: Visibility) -> Mapping[UUID, User | None]:
        """Users by id."""
        return await self.readers.people.users(
            keys, scope, fields=self.context.selected.attributes("User")
        )


class ColleagueByIdLoader(EntityLoader[User]):
    """People the viewer may look up by id alone."""

    async def read(self, keys: Sequence[UUID], scope: Visibility) -> Mapping[UUID, User | None]:
        """The viewer and those who share a workspace with them, by id."""
        return await self.readers.people.colleagues(keys, scope)


class WorkspaceByIdLoader(EntityLoader[Workspace]):
    """Workspaces."""

    async def read(
        self, keys: Sequence[UUID], scope: Visibility
    ) -> Mapping[UUID, Workspace | None]:
        """Workspaces by id."""
        return await self.readers.people.workspaces(keys, scope)


class ViewerRoleByWorkspaceLoader(EntityLoader[Role]):
    """The viewer's role."""

    depends_on_viewer = True

    async def read(self, keys: Sequence[UUID], scope: Visibility) -> Mapping[UUID, Role | None]:
        """Roles by workspace; without a statement of its own."""
        return {key: scope.role_by_workspace_id.get(WorkspaceId(key)) for key in keys}


class MembershipByIdLoader(EntityLoader[Membership]):
    """Memberships."""

    async def read(
        self, keys: Sequence[UUID], scope: Visibility
    ) -> Mapping[UUID, Membership | None]:
        """Memberships by id."""
        return await self.readers.people.memberships(keys, scope)


class MembershipsByWorkspaceLoader(ListLoader[Membership, None]):
    """Who belongs to a workspace."""

    async def read(
        self, keys: Sequence[UUID], scope: Visibility
    ) -> Mapping[UUID, Sequence[Membership]]:
        """Memberships by workspace."""
        return await self.readers.people.memberships_of_workspaces(keys, scope)


class InvitationByIdLoader(EntityLoader[Invitation]):
    """Invitations, for those who may invite."""

    depends_on_viewer = True

    async def read(
        self, keys: Sequence[UUID], scope: Visibility
    ) -> Mapping[UUID, Invitation | None]:
        """Invitations by id."""
        return await self.readers.invitations.invitations(keys, scope)


class InvitationsByWorkspaceLoader(ListLoader[Invitation, None]):
    """Who is invited to a workspace, for those who may invite."""

    depends_on_viewer = True

    async def read(
        self, keys: Sequence[UUID], scope: Visibility
    ) -> Mapping[UUID, Sequence[Invitation]]:
        """Invitations that nobody has accepted, by workspace."""
        return await self.readers.invitations.invitations_of_workspaces(keys, scope)
