"""The servers that are compared, and how each is started: alone, on one core as a rule."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import orjson

from infra.embedded.child import Child, Command
from infra.embedded.ports import LOOPBACK, free_ports
from tests.performance.peers.bodies import QUERIES
from tests.performance.peers.work_folder import ROOT

SERVER_CORE: Final = 0
# Postgres and the load generator; the peers' script pins Postgres there.
OTHER_CORE: Final = 1
PLAIN_STRAWBERRY: Final = "strawberry-sqlalchemy"
TASKWIRE: Final = "taskwire"
REFERENCE: Final = "taskwire-reference"
# The same as the first, with snapshots of boards.
SNAPSHOTS: Final = "taskwire-snapshots"
# The same as the first, with a worker for each core, which the load shares with it.
TWO_CORES: Final = "taskwire-two-cores"
OURS: Final = frozenset({TASKWIRE, REFERENCE, SNAPSHOTS, TWO_CORES})

_READY_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.1
_PEERS_SECONDS: Final = 20.0
_BOARDS_ONLY: Final = ("q2", "q3")
_MIXED_ONLY: Final = ("q5",)
# Ours → the name in the peers' bench.py.
_PEERS: Final = {
    PLAIN_STRAWBERRY: "e_straw_sqlalchemy",
    "strawberry-asyncpg": "f_straw_asyncpg",
    "ariadne": "g_ariadne",
    "apollo": "c1_apollo_pg",
    "yoga-jit": "a_yoga_jit",
    "mercurius-jit": "b_mercurius_dl",
    "postgraphile": "d_postgraphile",
    "limit-flat-python": "h2_flat_py",
    "limit-one-statement": "h_limit_py",
}
LIMITS: Final = frozenset({"limit-flat-python", "limit-one-statement"})
_LIST_PEERS: Final = "import json, bench; print(json.dumps(bench.PEERS))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """A server: its command, with PORT for its port, and the kind of bodies it understands."""

    name: str
    command: Sequence[str]
    folder: Path
    bodies_kind: str
    environment: Mapping[str, str] = field(default_factory=dict)
    queries: Sequence[str] = QUERIES
    token: str | None = None
    cores: Sequence[int] = (SERVER_CORE,)

    def bodies(self, folder: Path, query: str) -> Path:
        """The file of the bodies to send it."""
        return folder / f"{self.bodies_kind}-{query}.txt"

    @asynccontextmanager
    async def running(self, bodies_folder: Path, log_path: Path) -> AsyncIterator[tuple[str, int]]:
        """Its URL and process id, once it answers; it ends with the block."""
        [port] = free_ports(1)
        url = f"http://{LOOPBACK}:{port}/graphql"
        server = await Child.start(self._command(port, log_path))
        try:
            body = self.bodies(bodies_folder, self.queries[0]).read_bytes().split(b"\n", 1)[0]
            await self._wait_until_it_answers(server, url, body)
            yield url, server.pid
        finally:
            await server.stop()

    def _command(self, port: int, log_path: Path) -> Command:
        own = (part.replace("PORT", str(port)) for part in self.command)
        pinned = ("taskset", "--cpu-list", ",".join(map(str, self.cores)), *own)
        return Command(
            arguments=(_program("env"), f"--chdir={self.folder}", *pinned),
            environment={
                **os.environ,
                **{
                    name: value.replace("PORT", str(port))
                    for name, value in self.environment.items()
                },
                "PORT": str(port),
            },
            log_path=log_path,
        )

    async def _wait_until_it_answers(self, server: Child, url: str, body: bytes) -> None:
        async with httpx.AsyncClient() as http, asyncio.timeout(_READY_SECONDS):
            while True:
                try:
                    answer = await http.post(url, content=body, headers=self._headers())
                except httpx.TransportError:
                    if not server.is_running:
                        raise RuntimeError(f"{self.name} ended: {server.last_words()}") from None
                else:
                    decoded = orjson.loads(answer.content) if answer.is_success else {}
                    if decoded.get("data") and not decoded.get("errors"):
                        return
                    raise RuntimeError(f"{self.name} answered {answer.text[:600]}")
                await asyncio.sleep(_POLL_SECONDS)

    def _headers(self) -> dict[str, str]:
        headers = {"content-type": "application/json", "accept": "application/json"}
        return {**headers, "authorization": f"Bearer {self.token}"} if self.token else headers


async def peers(work_folder: Path) -> list[Contestant]:
    """The peers, by the commands in their own benchmark."""
    process = await asyncio.create_subprocess_exec(
        work_folder / "venv" / "bin" / "python",
        "-c",
        _LIST_PEERS,
        cwd=work_folder,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(_PEERS_SECONDS):
        output, _ = await process.communicate()
    listed = orjson.loads(output)
    return [
        Contestant(
            name=name,
            command=listed[theirs]["cmd"],
            folder=Path(listed[theirs]["cwd"]),
            environment=listed[theirs]["env"],
            bodies_kind="pgr" if name == "postgraphile" else "std",
            queries=_BOARDS_ONLY if name in LIMITS else QUERIES,
        )
        for name, theirs in _PEERS.items()
    ]


def taskwire(environment: Mapping[str, str], token: str) -> list[Contestant]:
    """Taskwire as it is served, and with the reference executor in place of its engine."""
    serve = (sys.executable, "-m", "web.cli", "serve")
    programs = {
        TASKWIRE: serve,
        SNAPSHOTS: serve,
        TWO_CORES: serve,
        REFERENCE: (sys.executable, "-m", "tests.performance.peers.reference_server"),
    }
    return [
        Contestant(
            name=name,
            command=program,
            folder=ROOT,
            environment={
                **environment,
                "TASKWIRE_PORT": "PORT",
                "TASKWIRE_BOARD_SNAPSHOTS": str(name == SNAPSHOTS).lower(),
                "TASKWIRE_WEB_WORKERS": "2" if name == TWO_CORES else "1",
            },
            queries=_MIXED_ONLY if name == TWO_CORES else QUERIES,
            cores=(SERVER_CORE, OTHER_CORE) if name == TWO_CORES else (SERVER_CORE,),
            bodies_kind="taskwire",
            token=token,
        )
        for name, program in programs.items()
    ]


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise FileNotFoundError(f"{name} is needed to start the servers")
    return path
