"""Where the peers are installed and their Postgres lives, kept between runs."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

from infra.embedded.child import Command, run_to_end

PEERS_DATABASE: Final = "bench"
ROOT: Final = Path(__file__).parents[3]
WORK_FOLDER: Final = ROOT / ".cache" / "peers"

# Three minutes where the packages come slowly.
_SETUP_SECONDS: Final = 900.0
_POSTGRES_SECONDS: Final = 60.0
# Where the peers' scripts put their Postgres.
_POSTGRES_PORT: Final = 5544


def find_source() -> Path | None:
    """The folder with the peers' sources, or None where there is none."""
    named = os.environ.get("TASKWIRE_PEERS")
    source = Path(named) if named else ROOT.parent / "shared" / "peers"
    return source.resolve() if (source / "setup.sh").is_file() else None


class WorkFolder:
    """The installed peers and their Postgres, for one benchmark at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log_path = path / "logs" / "setup.log"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other runs out until the block ends; BlockingIOError while one is inside."""
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield

    async def install(self, source: Path) -> None:
        """Install the peers, unless these very sources are installed already."""
        mark = self.path / "installed"
        digest = _digest(source)
        if mark.is_file() and mark.read_text() == digest:
            return
        print(f"Installing the peers in {self.path}, which takes minutes …", flush=True)
        if self._is_postgres_running():
            await self._run("stopping the old Postgres", "pgctl.sh", "stop")
        mark.unlink(missing_ok=True)
        for name in ("pgdata", "venv"):
            shutil.rmtree(self.path / name, ignore_errors=True)
        await run_to_end(
            self._command(str(source / "setup.sh"), str(self.path)),
            purpose="installing the peers",
            seconds=_SETUP_SECONDS,
        )
        mark.write_text(digest)

    @asynccontextmanager
    async def postgres(self) -> AsyncIterator[str]:
        """Run the peers' Postgres, pinned by its script; yield a URL up to the database's name."""
        # The setup leaves it running, and so does a run that was killed.
        if not self._is_postgres_running():
            await self._run("starting Postgres", "pgctl.sh", "start")
        try:
            yield f"postgresql://postgres@127.0.0.1:{_POSTGRES_PORT}/"
        finally:
            await self._run("stopping Postgres", "pgctl.sh", "stop")

    @property
    def postgres_pid(self) -> int:
        """The process id of the running Postgres."""
        first, *_ = (self.path / "pgdata" / "postmaster.pid").read_text().split("\n")
        return int(first)

    async def reset_data(self) -> None:
        """Make the peers' database as it was at first, before anything was moved."""
        path = str(self.path / "sql" / "schema.sql")
        await self._run(
            "filling the database", "pgctl.sh", "psql", "-d", PEERS_DATABASE, "-qf", path
        )

    def _is_postgres_running(self) -> bool:
        try:
            program = Path(f"/proc/{self.postgres_pid}/cmdline").read_bytes()
        except FileNotFoundError:
            return False
        return str(self.path / "pgdata").encode() in program

    async def _run(self, purpose: str, script: str, *arguments: str) -> None:
        await run_to_end(
            self._command(str(self.path / script), *arguments),
            purpose=purpose,
            seconds=_POSTGRES_SECONDS,
        )

    def _command(self, script: str, *arguments: str) -> Command:
        # A session of its own, which its server leaves: it outlives the script that starts it.
        return Command(
            arguments=(_program("bash"), script, *arguments),
            environment=dict(os.environ),
            log_path=self.log_path,
        )


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise FileNotFoundError(f"{name} is needed here")
    return path


def _digest(source: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(source)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
