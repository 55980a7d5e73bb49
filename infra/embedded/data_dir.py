import contextlib
import errno
import fcntl
import json
import os
import pwd
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from infra.embedded.errors import StackError
from infra.embedded.ports import free_ports, is_free

_LAYOUT = 1
_MARKER = "taskwire.json"
_MEBIBYTE = 1024 * 1024
# A fresh cluster takes 40 MiB and PostgreSQL keeps up to a few write-ahead files of 16 MiB.
_NEEDED_BYTES = 256 * _MEBIBYTE


class DataDir:
    """The directory that keeps everything the embedded stack remembers between runs."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def postgres_path(self) -> Path:
        """Where PostgreSQL keeps its files."""
        return self.path / "postgres"

    @property
    def logs_path(self) -> Path:
        """Where every member of the stack writes its log."""
        return self.path / "logs"

    def log_path(self, member: str) -> Path:
        """Return the log file of the member."""
        return self.logs_path / f"{member.lower().replace(' ', '-')}.log"

    def open(self) -> None:
        """Make the directory usable; StackError when it is foreign, closed to us, newer or full."""
        try:
            self._create()
        except OSError as error:
            raise StackError(_explain(error, self.path)) from error
        free_bytes = shutil.disk_usage(self.path).free
        if free_bytes < _NEEDED_BYTES:
            raise StackError(
                f"the disk of {self.path} is full: {free_bytes // _MEBIBYTE} MB are free, "
                f"Taskwire needs {_NEEDED_BYTES // _MEBIBYTE} MB"
            )

    def _create(self) -> None:
        if not self.path.is_dir():
            self.path.mkdir(parents=True)
        marker = self.path / _MARKER
        is_new = not marker.exists()
        if is_new and any(self.path.iterdir()):
            raise StackError(
                f"{self.path} is not empty and was not made by Taskwire: "
                "choose another TASKWIRE_DATA_DIR"
            )
        self._check_owner()
        # PostgreSQL's account passes through here when we are root; the files close themselves.
        self.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
        if is_new:
            self.write_text(_MARKER, json.dumps({"layout": _LAYOUT}), mode=0o644)
        layout = _read_json(marker).get("layout")
        if layout != _LAYOUT:
            raise StackError(
                f"{self.path} has layout {layout}, this version of Taskwire reads {_LAYOUT}: "
                "choose another TASKWIRE_DATA_DIR"
            )
        self.logs_path.mkdir(mode=0o700, exist_ok=True)

    def _check_owner(self) -> None:
        """Refuse the data of another user, for root as well: it would lock that user out."""
        owner = self.path.stat().st_uid
        if owner != os.geteuid():
            raise StackError(
                f"{self.path} belongs to {_user_name(owner)}, not {_user_name(os.geteuid())}: "
                "choose another TASKWIRE_DATA_DIR"
            )

    @contextlib.contextmanager
    def locked(self, purpose: str) -> Iterator[None]:
        """Keep every other stack and data command away; StackError when one is at work."""
        with (self.path / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                holder = lock.read().strip() or "another process"
                raise DataDirInUseError(f"{self.path} is in use by {holder}") from None
            lock.truncate(0)
            lock.write(f"'taskwire {purpose}' (process {os.getpid()})")
            lock.flush()
            yield
            lock.truncate(0)

    def secret_key(self) -> str:
        """Return the key that signs tokens here; made once."""
        path = self.path / "secret.key"
        if not path.exists():
            self.write_text(path.name, secrets.token_urlsafe(48))
        return path.read_text()

    def ports(self, names: tuple[str, ...]) -> dict[str, int]:
        """Return a free port for each name, the same as the last time where it is still free."""
        path = self.path / "ports.json"
        remembered = _read_json(path) if path.exists() else {}
        port_by_name = {}
        for name, spare in zip(names, free_ports(len(names)), strict=True):
            last = remembered.get(name)
            is_usable = isinstance(last, int) and is_free(last)
            port_by_name[name] = last if isinstance(last, int) and is_usable else spare
        self.write_text(path.name, json.dumps({**remembered, **port_by_name}))
        return port_by_name

    def has_mark(self, name: str) -> bool:
        """Say whether something that happens once has happened."""
        return (self.path / f"{name}.done").exists()

    def mark(self, name: str) -> None:
        """Remember that something that happens once has happened."""
        self.write_text(f"{name}.done", "")

    def write_text(self, name: str, text: str, *, mode: int = 0o600) -> None:
        """Replace the file as a whole: a crash leaves the old text or the new."""
        path = self.path / name
        staging = path.with_name(f".{name}.{os.getpid()}")
        staging.touch(mode=mode)
        staging.write_text(text)
        staging.replace(path)


class DataDirInUseError(StackError):
    """Another stack or data command holds the directory."""


def _read_json(path: Path) -> dict[str, object]:
    try:
        content = json.loads(path.read_text())
    except ValueError as error:
        raise StackError(f"{path} is damaged: {error}") from error
    if not isinstance(content, dict):
        raise StackError(f"{path} is damaged: no object")
    return content


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _explain(error: OSError, path: Path) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return f"the disk of {path} is full"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return f"{path} is not writable for this user: choose another TASKWIRE_DATA_DIR"
        case _:
            return f"{path} cannot be used: {error.strerror}"
