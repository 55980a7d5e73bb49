"""Who belongs to which workspace, for the processes that keep others informed of it."""

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select

from domain.access import Role
from domain.identifiers import UserId, WorkspaceId
from persistence.availability import answering
from persistence.compiled_statements import CompiledStatement, is_one_of
from persistence.database import Database
from persistence.tables import memberships

_ROLES: Final = CompiledStatement(
    select(memberships.c.workspace_id, memberships.c.user_id, memberships.c.role).where(
        is_one_of(memberships.c.workspace_id, "workspace_ids")
    )
)
_ROLE: Final = CompiledStatement(
    select(memberships.c.role).where(
        memberships.c.workspace_id == bindparam("workspace_id", type_=Uuid),
        memberships.c.user_id == bindparam("user_id", type_=Uuid),
    )
)


class MembershipDirectory:
    """Roles as they are now. Raises Unavailable while the database can't be reached."""

    def __init__(self, database: Database) -> None:
        self._reads = database.reads

    async def roles(
        self, workspace_ids: Collection[UUID]
    ) -> Mapping[WorkspaceId, Mapping[UserId, Role]]:
        """Everybody's role by workspace; empty where there is nobody."""
        roles: dict[WorkspaceId, dict[UserId, Role]] = {
            WorkspaceId(workspace_id): {} for workspace_id in workspace_ids
        }
        async with answering():
            rows = await self._reads.fetch(_ROLES, {"workspace_ids": list(workspace_ids)})
        for workspace_id, user_id, role in rows:
            roles[workspace_id][user_id] = Role(role)
        return roles

    async def find_role(self, workspace_id: WorkspaceId, user_id: UserId) -> Role | None:
        """The user's role there, or None if they do not belong to it."""
        parameters = {"workspace_id": workspace_id, "user_id": user_id}
        async with answering():
            rows = await self._reads.fetch(_ROLE, parameters)
        return next((Role(role) for (role,) in rows), None)
