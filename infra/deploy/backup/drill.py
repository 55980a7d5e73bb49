"""Destroys a database and brings it back: `python -m infra.deploy.backup.drill`.

A PostgreSQL of its own archives its WAL and is backed up by the scripts beside this file, sealed,
into a folder. It takes changes all the while. Then a mistake deletes half of them, the server is
killed and its files are removed. What is measured:

- RPO: how much time of committed changes is lost when everything archived is restored, and that
  none is lost that a finished WAL file held;
- RTO: the time from the loss to a server that answers queries again;
- that restoring to a time before the mistake brings back exactly what was committed by then.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import asyncpg

from infra.embedded.account import find_account_for_postgres
from infra.embedded.ports import free_ports
from infra.embedded.postgres import Postgres, programs

RPO_SECONDS_MAX: Final = 3600.0
RTO_SECONDS_MAX: Final = 4 * 3600.0
_SCRIPTS: Final = Path(__file__).parent
_COMMAND_SECONDS: Final = 180.0
_RECOVERY_SECONDS: Final = 300.0
_ARCHIVE_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.1
_ROWS_BEFORE: Final = 20_000
_CHANGES: Final = 400
_TABLE: Final = """
CREATE TABLE changes (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    committed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    content text NOT NULL
)
"""
_ADD: Final = "INSERT INTO changes (content) SELECT repeat(md5(random()::text), 8)"


class DrillFailed(Exception):
    """A backup was not made, or what was restored is not what was lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A committed change, and where the WAL stood right after its commit."""

    number: int
    committed_at: datetime
    wal_position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the drill measured; times in seconds."""

    committed: int
    restored: int
    lost_of_archived: int
    rpo_seconds: float
    rto_seconds: float
    rto_to_a_time_seconds: float
    backup_seconds: float

    def text(self) -> str:
        """Return a report for people."""
        value_by_title = {
            "changes committed before the loss": self.committed,
            "restored from the archive": self.restored,
            "lost although archived": self.lost_of_archived,
            f"RPO in seconds (goal: under {RPO_SECONDS_MAX:.0f})": self.rpo_seconds,
            f"RTO in seconds (goal: under {RTO_SECONDS_MAX:.0f})": self.rto_seconds,
            "RTO to a time before a mistake": self.rto_to_a_time_seconds,
            "seconds the backup took": self.backup_seconds,
        }
        return "\n".join(f"{title:40} {value:.6g}" for title, value in value_by_title.items())


class Drill:
    """One drill in a folder of its own, which is gone afterwards."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._store = folder / "store"
        self._scripts = folder / "scripts"
        self._account = find_account_for_postgres(self._data)
        self._environment = {
            "TASKWIRE_BACKUP_TARGET": f"file://{self._store}",
            "TASKWIRE_BACKUP_CERTIFICATE": str(folder / "backup.pem"),
            "TASKWIRE_BACKUP_KEY": str(folder / "backup.key"),
            "TMPDIR": str(folder / "tmp"),
            "PATH": f"{programs()}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        }

    async def run(self) -> Findings:
        """Do all of it. DrillFailed when something is not as it must be."""
        self._prepare()
        server = self._server(self._data)
        try:
            await self._start_archiving(server)
            started_at = time.monotonic()
            self._call("backup.sh", "physical", variables=self._login(server))
            backup_seconds = time.monotonic() - started_at
            changes, last_good, before_mistake = await self._take_changes(server)
            archived_until = await _archived_position(server)
        finally:
            # As a machine that burns: nothing is flushed, nothing more is archived.
            await server.kill()
        shutil.rmtree(self._data)
        restored, rto = await self._restore("latest", None)
        to_a_time, rto_to_a_time = await self._restore("to-a-time", before_mistake)
        compare(to_a_time, changes, last=last_good, rows_before=_ROWS_BEFORE)
        archived = {change.number for change in changes if change.wal_position <= archived_until}
        return Findings(
            committed=len(changes),
            restored=len(restored & {change.number for change in changes}),
            lost_of_archived=len(archived - restored),
            rpo_seconds=lost_seconds(restored, changes),
            rto_seconds=rto,
            rto_to_a_time_seconds=rto_to_a_time,
            backup_seconds=backup_seconds,
        )

    def _prepare(self) -> None:
        for folder in (self._store, self._folder / "tmp"):
            folder.mkdir()
            self._give(folder)
        # Where the server's account can read them, wherever this checkout is.
        shutil.copytree(
            _SCRIPTS, self._scripts, ignore=shutil.ignore_patterns("*.py", "__pycache__")
        )
        subject = ["-x509", "-newkey", "rsa:3072", "-nodes", "-days", "3650", "-subj", "/CN=drill"]
        key, certificate = str(self._folder / "backup.key"), str(self._folder / "backup.pem")
        _run(["openssl", "req", *subject, "-keyout", key, "-out", certificate], {})
        self._give(Path(key))

    def _give(self, path: Path) -> None:
        if self._account is not None:
            for one in [path, *path.rglob("*")]:
                os.chown(one, self._account.uid, self._account.gid, follow_symlinks=False)

    def _server(self, data: Path) -> Postgres:
        [port] = free_ports(1)
        return Postgres(port=port, data_dir=data, log_path=self._folder / f"{data.name}.log")

    async def _start_archiving(self, server: Postgres) -> None:
        await server.start()
        names = ("TASKWIRE_BACKUP_TARGET", "TASKWIRE_BACKUP_CERTIFICATE")
        variables = " ".join(f"{name}={self._environment[name]}" for name in names)
        command = f"env {variables} bash {self._scripts}/archive_wal.sh %p %f"
        async with asyncio.timeout(_COMMAND_SECONDS):
            connection = await asyncpg.connect(server.url)
            await connection.execute("ALTER SYSTEM SET archive_mode = 'on'")
            await connection.execute(f"ALTER SYSTEM SET archive_command = '{command}'")
            await connection.execute(_TABLE)
            await connection.execute(f"{_ADD} FROM generate_series(1, $1)", _ROWS_BEFORE)
            await connection.close()
        await server.stop()
        await server.start()

    async def _take_changes(self, server: Postgres) -> tuple[list[Change], Change, datetime]:
        """Commit changes, with a mistake in between, and finish a WAL file.

        Return the changes, the last one before the mistake, and a time between the two. The
        last quarter is committed after the last WAL file that gets archived.
        """
        async with asyncio.timeout(_COMMAND_SECONDS):
            connection = await asyncpg.connect(server.url)
            changes = [await _change(connection) for _ in range(_CHANGES // 2)]
            last_good = changes[-1]
            # Recovery goes by times of commits, which are later than those the rows hold.
            before_mistake = await connection.fetchval("SELECT clock_timestamp()")
            await connection.execute(
                "DELETE FROM changes WHERE number <= $1 AND number % 2 = 0", _ROWS_BEFORE
            )
            changes += [await _change(connection) for _ in range(_CHANGES // 4)]
            finished = await connection.fetchval("SELECT pg_walfile_name(pg_switch_wal())")
            changes += [await _change(connection) for _ in range(_CHANGES // 4)]
            await connection.close()
        await self._wait_until_archived(str(finished))
        return changes, last_good, before_mistake

    async def _wait_until_archived(self, name: str) -> None:
        async with asyncio.timeout(_ARCHIVE_SECONDS):
            # Another process archives; its last step makes this file.
            while not (self._store / "wal" / f"{name}.sha256").is_file():  # noqa: ASYNC110
                await asyncio.sleep(_POLL_SECONDS)

    async def _restore(self, name: str, target: datetime | None) -> tuple[set[int], float]:
        """Restore, start and read everything; return the changes' numbers and the seconds taken."""
        data = self._folder / name
        started_at = time.monotonic()
        self._call("restore.sh", str(data), *([] if target is None else [target.isoformat()]))
        self._give(data)
        shutil.copy(self._folder / "data.password", self._folder / f"{name}.password")
        server = self._server(data)
        await server.start()
        try:
            async with asyncio.timeout(_RECOVERY_SECONDS):
                connection = await asyncpg.connect(server.url)
                # It answers queries while it recovers; writable means that it is done.
                while await connection.fetchval("SELECT pg_is_in_recovery()"):  # noqa: ASYNC110
                    await asyncio.sleep(_POLL_SECONDS)
                seconds = time.monotonic() - started_at
                rows = await connection.fetch("SELECT number FROM changes")
                await connection.close()
        finally:
            await server.stop()
        return {row["number"] for row in rows}, seconds

    def _login(self, server: Postgres) -> dict[str, str]:
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(server.port),
            "PGUSER": "taskwire",
            "PGDATABASE": "taskwire",
            "PGPASSWORD": (self._folder / "data.password").read_text(),
        }

    def _call(
        self, script: str, *arguments: str, variables: Mapping[str, str] | None = None
    ) -> None:
        command = ["bash", str(self._scripts / script), *arguments]
        _run(command, {**self._environment, **(variables or {})})


def _run(command: list[str], variables: Mapping[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - our own scripts
        command,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=_COMMAND_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise DrillFailed(f"{Path(command[1]).name}: {done.stderr.strip()}")


async def _change(connection: asyncpg.Connection) -> Change:
    row = await connection.fetchrow(f"{_ADD} RETURNING number, committed_at")
    position = await connection.fetchval("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")
    if row is None:
        raise DrillFailed("a change was not written")
    return Change(
        number=row["number"], committed_at=row["committed_at"], wal_position=int(position)
    )


async def _archived_position(server: Postgres) -> int:
    """Return the WAL position up to which everything is archived."""
    connection = await asyncpg.connect(server.url, timeout=_COMMAND_SECONDS)
    try:
        position = await connection.fetchval(
            "SELECT pg_size_bytes(current_setting('wal_segment_size')) * (1 + segment_number)"
            " FROM pg_stat_archiver, pg_split_walfile_name(last_archived_wal)"
        )
    finally:
        await connection.close(timeout=_COMMAND_SECONDS)
    return int(position)


def lost_seconds(restored: set[int], changes: list[Change]) -> float:
    """Return the time from the last change that came back to the last one that did not."""
    lost = [change.committed_at for change in changes if change.number not in restored]
    kept = [change.committed_at for change in changes if change.number in restored]
    return (max(lost) - max(kept)).total_seconds() if lost and kept else 0.0


def compare(restored: set[int], changes: list[Change], *, last: Change, rows_before: int) -> None:
    """Raise DrillFailed unless exactly the rows up to the last change came back."""
    wanted = set(range(1, rows_before + 1)) | {
        change.number for change in changes if change.number <= last.number
    }
    missing, too_many = wanted - restored, restored - wanted
    if missing or too_many:
        raise DrillFailed(
            f"restored to a time: {len(missing)} rows are missing, {len(too_many)} are too many"
        )


def run_drill() -> Findings:
    """Run the drill in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="taskwire-drill-") as folder:
        # The server's account walks through it.
        Path(folder).chmod(0o755)
        return asyncio.run(Drill(Path(folder)).run())


def main() -> int:
    """Print the findings; the exit status is 1 when a goal is missed."""
    try:
        findings = run_drill()
    except DrillFailed as error:
        sys.stderr.write(f"drill: {error}\n")
        return 1
    sys.stdout.write(findings.text() + "\n")
    is_met = (
        findings.lost_of_archived == 0
        and findings.rpo_seconds < RPO_SECONDS_MAX
        and findings.rto_seconds < RTO_SECONDS_MAX
    )
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
