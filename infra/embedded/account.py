import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from infra.embedded.errors import StackError

# In the order of preference: the account made for this program, then the one nobody logs in with.
_UNPRIVILEGED_NAMES = ("postgres", "nobody")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An unprivileged account that exists on this machine."""

    name: str
    uid: int
    gid: int


def find_account_for_postgres(data_dir: Path) -> Account | None:
    """Return the account PostgreSQL runs as, or None to run it as the present one.

    PostgreSQL refuses to run as root, so root lends it an account: the one that made the data
    directory, or for a new one the first of those that exist.
    """
    if os.geteuid() != 0:
        return None
    owner = data_dir.stat() if data_dir.exists() else None
    if owner is not None and owner.st_uid != 0:
        return Account(name=f"user {owner.st_uid}", uid=owner.st_uid, gid=owner.st_gid)
    for name in _UNPRIVILEGED_NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise StackError(
        "PostgreSQL does not run as root and neither a 'postgres' nor a 'nobody' account exists: "
        "run Taskwire as an ordinary user"
    )


def can_reach(account: Account, path: Path) -> bool:
    """Say whether the account may walk down to the path through every directory above it."""
    return all(_may_search(account, parent.stat()) for parent in path.resolve().parents)


def _may_search(account: Account, directory: os.stat_result) -> bool:
    if directory.st_uid == account.uid:
        return bool(directory.st_mode & stat.S_IXUSR)
    if directory.st_gid == account.gid:
        return bool(directory.st_mode & stat.S_IXGRP)
    return bool(directory.st_mode & stat.S_IXOTH)
