"""Who can sign in to the demo. The password is public, so never outside dev."""

from typing import Final

from domain.access import Role

DEMO_PASSWORD: Final = "taskwire-demo"  # noqa: S105 - public on purpose
# E-mail address, name, role in the demo workspace; the owner comes first.
DEMO_ACCOUNTS: Final = (
    ("owner@demo.test", "Olivia Owner", Role.OWNER),
    ("member@demo.test", "Max Member", Role.MEMBER),
    ("viewer@demo.test", "Vera Viewer", Role.VIEWER),
)
