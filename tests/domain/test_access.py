import pytest

from domain.access import Permission, Role, require
from domain.errors import Forbidden

READER = {Permission.READ}
WRITER = READER | {Permission.COMMENT, Permission.EDIT_TASKS, Permission.EDIT_LABELS}
KEEPER = WRITER | {
    Permission.EDIT_BOARD,
    Permission.EDIT_PROJECTS,
    Permission.MODERATE,
    Permission.EDIT_MEMBERS,
    Permission.EDIT_WORKSPACE,
}
ALLOWED = [
    (role, permission)
    for role, permissions in (
        (Role.VIEWER, READER),
        (Role.MEMBER, WRITER),
        (Role.ADMIN, KEEPER),
        (Role.OWNER, KEEPER),
    )
    for permission in permissions
]
REFUSED = [(r, p) for r in Role for p in Permission if (r, p) not in ALLOWED]


@pytest.mark.parametrize(("role", "permission"), ALLOWED)
def test_a_role_may_do_what_the_table_says(role: Role, permission: Permission) -> None:
    require(role, permission)


@pytest.mark.parametrize(("role", "permission"), REFUSED)
def test_a_role_may_do_nothing_else(role: Role, permission: Permission) -> None:
    with pytest.raises(Forbidden) as refusal:
        require(role, permission)
    assert refusal.value.code == "FORBIDDEN"
    assert str(refusal.value) == f"As a {role.value.lower()} you may not {permission.value}."


def test_every_role_may_see_the_workspace() -> None:
    assert {role for role, permission in ALLOWED if permission is Permission.READ} == set(Role)
