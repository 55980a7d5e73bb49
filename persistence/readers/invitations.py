"""`domain.invitations.InvitationReader` on Postgres."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, func, select

from domain.access import PERMISSIONS_BY_ROLE, Permission, Role
from domain.entities import Invitation
from domain.invitations import InvitationPreview, InvitationStatus
from domain.reads import Visibility
from persistence import mappings
from persistence.compiled_statements import CompiledStatement
from persistence.read_pool import ReadPool
from persistence.readers.entities import ReadById, ReadByParent, is_visible
from persistence.tables import invitations, users, workspaces

_INVITATIONS: Final = ReadById(mappings.INVITATIONS)
_INVITATIONS_OF_WORKSPACES: Final = ReadByParent(
    mappings.INVITATIONS,
    mappings.INVITATIONS.select()
    .where(is_visible(invitations.c.workspace_id), invitations.c.accepted_at.is_(None))
    .order_by(invitations.c.created_at.desc(), invitations.c.id.desc()),
    invitations.c.workspace_id,
)
_PREVIEW: Final = CompiledStatement(
    select(
        workspaces.c.id,
        workspaces.c.slug,
        workspaces.c.name,
        users.c.name,
        invitations.c.email,
        invitations.c.role,
        invitations.c.expires_at,
        invitations.c.accepted_at.is_not(None),
        invitations.c.expires_at <= func.now(),
    )
    .join_from(invitations, workspaces, workspaces.c.id == invitations.c.workspace_id)
    .outerjoin(users, users.c.id == invitations.c.inviter_id)
    .where(
        invitations.c.id == bindparam("id", type_=Uuid),
        # Hashes of secrets: how long the comparison takes tells nothing of a token.
        invitations.c.token_hash == bindparam("token_hash", type_=Text),
    )
)


class PostgresInvitationReader:
    """Invitations, for those who may invite and for those who hold a token."""

    def __init__(self, reads: ReadPool) -> None:
        self._reads = reads

    async def invitations(
        self, ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Invitation]:
        """By id."""
        return await _INVITATIONS.run(self._reads, ids, _where_inviting(scope))

    async def invitations_of_workspaces(
        self, workspace_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Sequence[Invitation]]:
        """Those that nobody has accepted, by workspace, newest first."""
        return await _INVITATIONS_OF_WORKSPACES.run(
            self._reads, workspace_ids, _where_inviting(scope)
        )

    async def find_preview(self, invitation_id: UUID, token_hash: str) -> InvitationPreview | None:
        """What the invitation tells whoever holds its token; None for any other token."""
        rows = await self._reads.fetch(_PREVIEW, {"id": invitation_id, "token_hash": token_hash})
        for workspace_id, slug, name, inviter, email, role, expires_at, is_used, is_over in rows:
            return InvitationPreview(
                workspace_id=workspace_id,
                workspace_slug=slug,
                workspace_name=name,
                inviter_name=inviter,
                email=email,
                role=Role(role),
                status=_status(is_accepted=is_used, is_expired=is_over),
                expires_at=expires_at,
            )
        return None


def _where_inviting(scope: Visibility) -> Visibility:
    """The workspaces where the viewer may invite."""
    return Visibility(
        viewer_id=scope.viewer_id,
        role_by_workspace_id={
            workspace_id: role
            for workspace_id, role in scope.role_by_workspace_id.items()
            if Permission.EDIT_MEMBERS in PERMISSIONS_BY_ROLE[role]
        },
    )


def _status(*, is_accepted: bool, is_expired: bool) -> InvitationStatus:
    if is_accepted:
        return InvitationStatus.ACCEPTED
    return InvitationStatus.EXPIRED if is_expired else InvitationStatus.OPEN
