"""Two web processes behind a load balancer are replaced one after the other, under load."""

import asyncio
import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from infra.embedded.ports import free_ports
from infra.settings import Settings
from persistence.database import Database
from tests.infra.deploy.rolling_restart.load_balancer import (
    PROGRAM,
    LoadBalancer,
    load_balancer,
)
from tests.infra.deploy.rolling_restart.traffic import Board, Requests, Watcher, send_requests
from tests.infra.deploy.rolling_restart.web_process import WebProcess
from tests.web.harness import SECRET_KEY, a_settings
from web.demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from web.demo.workspace import ensure_demo

pytestmark = [
    pytest.mark.stack,
    # Seconds, but for six starts of a process on a machine that has much else to do.
    pytest.mark.timeout(900),
    pytest.mark.skipif(PROGRAM is None, reason="needs HAProxy (Debian: haproxy)"),
]

ROOT = Path(__file__).parents[4]
SOCKETS = int(os.environ.get("ROLLING_RESTART_SOCKETS", "50"))
WRITERS = 2
# Every change goes to every socket, and one process of Python reads them all.
PAUSE_SECONDS = max(0.1, SOCKETS / 1000)
_BOARD = 'query { project(key: "DEMO", workspaceSlug: "demo") { id cursor columns { id } } }'
# What the next release's migration may do while this one runs; see docs/runbooks/deploy-rolling.md.
_EXPANSION = (
    "ALTER TABLE tasks ADD COLUMN estimate_hours integer",
    "ALTER TABLE tasks ADD COLUMN is_pinned boolean NOT NULL DEFAULT false",
    "CREATE TABLE task_reactions (task_id uuid REFERENCES tasks (id), emoji text NOT NULL)",
    "CREATE INDEX CONCURRENTLY ix_tasks_estimate_hours ON tasks (estimate_hours)",
    "UPDATE alembic_version SET version_num = 'of the next release'",
)

Change = Callable[[], Awaitable[None]]


@pytest.fixture
async def database_url(migrated_database: str) -> str:
    """A database with the demo's board."""
    await ensure_demo(a_settings(database_url=migrated_database))
    return migrated_database


@pytest.fixture
def settings(database_url: str, redis_url: str) -> Settings:
    """Of every process. Without Kafka: the log alone brings the events, the slow way."""
    return a_settings(
        database_url=database_url,
        database_pool_size=5,
        redis_url=redis_url,
        kafka_bootstrap="127.0.0.1:9",
        secret_key=SECRET_KEY,
        # All watchers are one user, who may come to one process all at once.
        max_connections_per_user=2 * SOCKETS,
        max_operations_per_second_per_user=2 * SOCKETS,
    )


@asynccontextmanager
async def _running(
    settings: Settings, folder: Path, *, sources: Path
) -> AsyncIterator[tuple[LoadBalancer, dict[str, WebProcess]]]:
    """Two web processes from the sources, in use, behind a load balancer."""
    port, *ports = free_ports(3)
    processes = {
        name: WebProcess(
            settings.model_copy(update={"port": own}),
            sources=sources,
            log_path=folder / f"{name}.log",
        )
        for name, own in zip(("first", "second"), ports, strict=True)
    }
    async with AsyncExitStack() as stack:
        for process in processes.values():
            await process.start()
            stack.push_async_callback(process.stop)
        ports_by_name = {name: process.port for name, process in processes.items()}
        balancer = await stack.enter_async_context(
            load_balancer(folder, port=port, port_by_name=ports_by_name)
        )
        for name in processes:
            await balancer.wait_until_used(name)
        yield balancer, processes


async def _sign_in(url: str) -> tuple[Board, str]:
    """The board, and the cursor it stands at."""
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as client:
        person = {"email": DEMO_ACCOUNTS[0][0], "password": DEMO_PASSWORD}
        token = (await client.post("/auth/login", json=person)).json()["accessToken"]
        headers = {"authorization": f"Bearer {token}"}
        answer = await client.post("/graphql", json={"query": _BOARD}, headers=headers)
        project = answer.json()["data"]["project"]
    board = Board(
        url=url, token=token, project_id=project["id"], column_id=project["columns"][0]["id"]
    )
    return board, project["cursor"]


async def _last_seq(database_url: str, board: Board) -> int:
    async with Database(database_url) as database:
        [row] = await database.fetch(
            text("SELECT event_seq FROM projects WHERE id = CAST(:id AS uuid)"),
            {"id": board.project_id},
        )
    return int(row.event_seq)


async def _under_load(
    database_url: str, balancer: LoadBalancer, change: Change
) -> tuple[Requests, list[Watcher]]:
    """Make the change while clients work and watch; what they met, after all have caught up."""
    board, cursor = await _sign_in(balancer.url)
    requests, stop = Requests(), asyncio.Event()
    watchers = [Watcher(board, after=cursor) for _ in range(SOCKETS)]
    async with asyncio.TaskGroup() as group:
        # A hundred a second open the board: at the beginning nobody sends a thousand at once.
        watching = [
            group.create_task(watcher.watch(after_seconds=number / 100))
            for number, watcher in enumerate(watchers)
        ]
        async with asyncio.timeout(120):
            for watcher in watchers:
                await watcher.is_watching.wait()
        writing = [
            group.create_task(send_requests(board, requests, stop, pause_seconds=PAUSE_SECONDS))
            for _ in range(WRITERS)
        ]
        await change()
        stop.set()
        await asyncio.wait(writing)
        last = await _last_seq(database_url, board)
        async with asyncio.timeout(120):
            for watcher in watchers:
                await watcher.wait_until_seen(last)
        for task in watching:
            task.cancel()
    return requests, watchers


async def _restart(
    balancer: LoadBalancer, name: str, process: WebProcess, *, sources: Path
) -> None:
    """SIGTERM, and the next one in its place as soon as it has ended."""
    assert await process.stop() == 0
    await process.start(sources=sources)
    await process.wait_until_ready()
    await balancer.wait_until_used(name)


async def _replace(
    balancer: LoadBalancer, name: str, process: WebProcess, *, sources: Path
) -> None:
    """As Kubernetes replaces a pod: no new connections, SIGTERM, the new one, connections again."""
    await balancer.deregister(name)
    assert await process.stop() == 0
    await process.start(sources=sources)
    await process.wait_until_ready()
    await balancer.register(name)
    await balancer.wait_until_used(name)


def _assert_nobody_noticed(requests: Requests, watchers: list[Watcher]) -> None:
    assert requests.failures == []
    assert requests.answered > 2 * WRITERS
    first = watchers[0].seqs[0]
    complete = list(range(first, watchers[0].seqs[-1] + 1))
    assert [watcher.seqs for watcher in watchers] == [complete] * len(watchers)
    assert [watcher.refusals for watcher in watchers] == [[]] * len(watchers)
    # Every socket was sent away with a reason, none was cut.
    assert {code for watcher in watchers for code in watcher.closes} == {1012}


async def _expand(database_url: str) -> None:
    async with Database(database_url) as database:
        autocommit = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        async with autocommit.connect() as connection:
            for statement in _EXPANSION:
                await connection.execute(text(statement))


async def test_nobody_notices_that_both_are_restarted_over_a_database_of_the_next_release(
    settings: Settings, tmp_path: Path
) -> None:
    # The load balancer is told nothing: it has to find out in the time that notice is given.
    settings = settings.model_copy(update={"drain_notice_seconds": 5.0})
    async with _running(settings, tmp_path, sources=ROOT) as (balancer, processes):

        async def expand_and_restart_both() -> None:
            await _expand(settings.database_url)
            for name, process in processes.items():
                await _restart(balancer, name, process, sources=ROOT)

        requests, watchers = await _under_load(
            settings.database_url, balancer, expand_and_restart_both
        )
    _assert_nobody_noticed(requests, watchers)


@pytest.fixture
def former_sources(tmp_path: Path) -> Path:
    """The application as it was before the newest commit that changed it."""
    git = shutil.which("git")
    if git is None:
        pytest.skip("needs git")
    application = ["domain", "persistence", "graph", "web", "infra"]
    history = subprocess.run(  # noqa: S603 - fixed command
        [git, "log", "-2", "--format=%H", "--", *application, ":(exclude)infra/deploy"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    ).stdout.split()
    if len(history) < 2:
        pytest.skip("needs the history of the repository: this checkout has none")
    archive = subprocess.run(  # noqa: S603 - fixed command
        [git, "archive", history[1], *application],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
    folder = tmp_path / "former"
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    return folder


async def test_the_former_version_and_this_one_serve_one_board_together(
    settings: Settings, tmp_path: Path, former_sources: Path
) -> None:
    async with _running(settings, tmp_path, sources=former_sources) as (balancer, processes):

        async def update_one() -> None:
            await _replace(balancer, "first", processes["first"], sources=ROOT)

        requests, watchers = await _under_load(settings.database_url, balancer, update_one)
    _assert_nobody_noticed(requests, watchers)
