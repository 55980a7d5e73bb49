"""The servers that are compared: Taskwire, and what else a team would send events with."""

import os
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from domain.commands.tasks import UpdateTask, update_task
from domain.identifiers import UserId
from infra.embedded.child import Child, Command
from infra.embedded.ports import LOOPBACK, free_ports
from persistence.database import Database
from tests.performance.fanout import scene
from tests.performance.fanout.surroundings import Surroundings, wait_until_ready
from web.bootstrap import command_bus

TASKWIRE: Final = "Taskwire"
STRAWBERRY: Final = "Strawberry's websocket handler"
GRAPHQL_WS: Final = "graphql-ws on Node"
_ROOT: Final = Path(__file__).parents[3]
# Where the npm clients of the tests are installed; among them graphql-ws, which is also a server.
_NODE_FOLDER: Final = _ROOT / "tests" / "clients"
_GRAPHQL_WS_PROGRAM: Final = Path(__file__).parent / "peers" / "graphql_ws.mjs"
_PUBLISH_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server that answers. `publish` makes one change that its subscribers are told of."""

    port: int
    pid: int
    boards: Sequence[scene.Board]
    publish: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """A server that can be started for so many subscribers of one project."""

    name: str
    running: Callable[[int], AbstractAsyncContextManager[Running]]


def taskwire(surroundings: Surroundings) -> Contestant:
    """A web process of the stack. Changes are commands, and go through all of the stack."""

    @asynccontextmanager
    async def running(subscribers: int) -> AsyncIterator[Running]:
        boards = await scene.create(
            surroundings.database_url,
            surroundings.secret_key,
            boards=1,
            watchers_per_board=subscribers,
        )
        async with (
            surroundings.web_process() as (port, pid),
            Database(surroundings.database_url, pool_size=2) as database,
        ):
            bus, [board], number = command_bus(database), boards, 0

            async def publish() -> None:
                nonlocal number
                number += 1
                command = UpdateTask(task_id=board.task_id, title=f"Watched {number}")
                await bus.run(update_task, command, actor_id=UserId(board.owner_id))

            yield Running(port=port, pid=pid, boards=boards, publish=publish)

    return Contestant(name=TASKWIRE, running=running)


def peers(folder: Path) -> list[Contestant]:
    """The others, which write their logs to the folder; those that can't run here are named."""
    strawberry = (sys.executable, "-m", "tests.performance.fanout.peers.stock_strawberry", "PORT")
    found = [_peer(STRAWBERRY, strawberry, folder / "strawberry.log")]
    node = shutil.which("node")
    if node is None or not (_NODE_FOLDER / "node_modules" / "graphql-ws").is_dir():
        print(f"SKIPPED: {GRAPHQL_WS}: no Node.js, or its packages are not installed.", flush=True)
    else:
        graphql_ws = (node, str(_GRAPHQL_WS_PROGRAM), "PORT", str(_NODE_FOLDER))
        found.append(_peer(GRAPHQL_WS, graphql_ws, folder / "graphql-ws.log"))
    return found


def _peer(name: str, program: Sequence[str], log_path: Path) -> Contestant:
    @asynccontextmanager
    async def running(subscribers: int) -> AsyncIterator[Running]:
        [port] = free_ports(1)
        arguments = tuple(part.replace("PORT", str(port)) for part in program)
        environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
        server = await Child.start(
            Command(arguments=arguments, log_path=log_path, environment=environment)
        )
        url = f"http://{LOOPBACK}:{port}"
        try:
            await wait_until_ready(server, f"{url}/readyz")
            async with httpx.AsyncClient(
                base_url=url, trust_env=False, timeout=_PUBLISH_SECONDS
            ) as http:

                async def publish() -> None:
                    (await http.post("/change")).raise_for_status()

                board = scene.nobodys_board(subscribers)
                yield Running(port=port, pid=server.pid, boards=[board], publish=publish)
        finally:
            await server.stop()

    return Contestant(name=name, running=running)
