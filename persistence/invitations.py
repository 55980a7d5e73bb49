"""Invitations inside a unit of work."""

from collections.abc import Sequence

from sqlalchemy import exists, select

from domain.entities import Invitation, Workspace
from domain.identifiers import WorkspaceId
from persistence import mappings
from persistence.stores import TableStore
from persistence.tables import invitations, memberships, users, workspaces
from persistence.transactions import Transaction


class PostgresInvitations(TableStore[Invitation]):
    """`domain.ports.Invitations` in a transaction."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction, mappings.INVITATIONS)

    async def of_workspace(self, workspace_id: WorkspaceId) -> Sequence[Invitation]:
        """Every invitation to the workspace that is kept, in no particular order."""
        return await self.where(invitations.c.workspace_id == workspace_id)

    async def is_address_of_member(self, workspace_id: WorkspaceId, email: str) -> bool:
        """Whether somebody with the address belongs to the workspace."""
        membership = exists().where(
            memberships.c.workspace_id == workspace_id,
            memberships.c.user_id == users.c.id,
            users.c.email == email,
        )
        [(is_taken,)] = await self._transaction.run(select(membership))
        return bool(is_taken)

    async def lock_workspace(self, workspace_id: WorkspaceId) -> Workspace | None:
        """The workspace, locked, for somebody who is about to join it; None if it is gone."""
        mapping = mappings.WORKSPACES
        rows = await self._transaction.run(
            mapping.select().where(workspaces.c.id == workspace_id).with_for_update(key_share=True)
        )
        return next(iter(mapping.entities(rows)), None)
