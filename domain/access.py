"""Who may do what: one table, asked by every use case."""

from enum import Enum
from typing import Final

from domain.errors import Forbidden


class Role(Enum):
    """A member's standing in a workspace."""

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    MEMBER = "MEMBER"
    VIEWER = "VIEWER"


class Permission(Enum):
    """What a role may allow. The value completes "You may not …"."""

    READ = "see this workspace"
    COMMENT = "comment"
    EDIT_TASKS = "change tasks"
    EDIT_LABELS = "change labels"
    EDIT_BOARD = "change columns"
    EDIT_PROJECTS = "change projects"
    MODERATE = "remove what others wrote"
    EDIT_WORKSPACE = "change the workspace"
    EDIT_MEMBERS = "invite, change or remove members"


_VIEWER: Final = frozenset({Permission.READ})
_MEMBER: Final = _VIEWER | {Permission.COMMENT, Permission.EDIT_TASKS, Permission.EDIT_LABELS}
_ADMIN: Final = _MEMBER | {
    Permission.EDIT_BOARD,
    Permission.EDIT_PROJECTS,
    Permission.MODERATE,
    Permission.EDIT_WORKSPACE,
    Permission.EDIT_MEMBERS,
}

PERMISSIONS_BY_ROLE: Final = {
    Role.VIEWER: _VIEWER,
    Role.MEMBER: _MEMBER,
    Role.ADMIN: _ADMIN,
    Role.OWNER: _ADMIN,
}


def require(role: Role, permission: Permission) -> None:
    """Raise Forbidden unless the role has the permission."""
    if permission not in PERMISSIONS_BY_ROLE[role]:
        raise Forbidden(f"As a {role.value.lower()} you may not {permission.value}.")
