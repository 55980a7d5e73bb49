"""What is read of invitations."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from domain.access import Role
from domain.identifiers import WorkspaceId


class InvitationStatus(Enum):
    """What an invitation is still good for."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationPreview:
    """What an invitation tells whoever holds its token, who may be nobody's member yet."""

    workspace_id: WorkspaceId
    workspace_slug: str
    workspace_name: str
    inviter_name: str | None
    email: str
    role: Role
    status: InvitationStatus
    expires_at: datetime
