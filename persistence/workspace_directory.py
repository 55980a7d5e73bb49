"""Workspaces and their people as an operator names them, who is nobody's viewer."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from domain.access import Role
from domain.identifiers import UserId, WorkspaceId
from persistence.database import Database
from persistence.tables import memberships, users, workspaces


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceDirectory:
    """Look-ups by slug and e-mail address, for commands that run beside the server."""

    database: Database

    async def find_workspace_id(self, slug: str) -> WorkspaceId | None:
        """The workspace, or None if there is none with that slug."""
        rows = await self.database.fetch(select(workspaces.c.id).where(workspaces.c.slug == slug))
        return next((WorkspaceId(row.id) for row in rows), None)

    async def slugs(self, *, at_most: int) -> Sequence[str]:
        """The first slugs in alphabetical order."""
        statement = select(workspaces.c.slug).order_by(workspaces.c.slug).limit(at_most)
        return [row.slug for row in await self.database.fetch(statement)]

    async def find_user_id(self, email: str) -> UserId | None:
        """The user who signs in with the address, or None."""
        rows = await self.database.fetch(select(users.c.id).where(users.c.email == email))
        return next((UserId(row.id) for row in rows), None)

    async def is_member(self, workspace_id: WorkspaceId, user_id: UserId) -> bool:
        """Whether the user belongs to the workspace."""
        statement = select(memberships.c.id).where(
            memberships.c.workspace_id == workspace_id, memberships.c.user_id == user_id
        )
        return bool(await self.database.fetch(statement))

    async def find_owner_id(self, workspace_id: WorkspaceId) -> UserId | None:
        """Who has owned the workspace longest, or None where nobody does."""
        statement = (
            select(memberships.c.user_id)
            .where(memberships.c.workspace_id == workspace_id, memberships.c.role == Role.OWNER)
            .order_by(memberships.c.created_at, memberships.c.id)
            .limit(1)
        )
        rows = await self.database.fetch(statement)
        return next((UserId(row.user_id) for row in rows), None)
