"""One run: people write, subscribers follow, disasters happen, and all is compared."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg

from tests.faults.havoc import Happened, Havoc
from tests.faults.journals import Journal, Latencies, Witness
from tests.faults.schedule import plan
from tests.faults.subscribers import BOARD_EVENTS, EVENTS, Subscriber
from tests.faults.system import Size, System, a_system
from tests.faults.verdict import Verdict, judge
from tests.faults.writers import Board, Writer
from tests.whole_stack import ApiClient

_CREATE_PROJECT: Final = """mutation($input: ProjectCreateInput!) {
  projectCreate(input: $input) {
    project { id cursor columns { id } } errors { code message }
  }
}"""
_WORKSPACE: Final = '{ workspace(slug: "demo") { id } }'
_LAST_SEQS: Final = "SELECT id::text, event_seq FROM projects"
# Until every subscriber has seen everything, after the last disaster.
_SETTLE_SECONDS: Final = 60.0
_CONNECT_SECONDS: Final = 120.0
_POLL_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run consists of. Everything by chance follows from the seed."""

    seed: int
    faults: int
    seconds: float
    size: Size = field(default_factory=Size)
    projects: int = 4
    subscribers: int = 40
    projects_per_subscriber: int = 2
    writers_per_project: int = 2
    changes_per_second: float = 2.0
    # The share that asks for the task itself, as a board does.
    boards: float = 0.2
    # The share whose connection to the web processes is one that fails.
    linked: float = 0.3
    # Until processes have found each other, and then to see how it is without faults.
    warm_up_seconds: float = 5.0
    calm_seconds: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a run."""

    plan: Plan
    verdict: Verdict
    happened: Sequence[Happened]
    crashes: Sequence[str]
    latencies: Latencies
    began_at: float
    ended_at: float
    settled_after: float | None


async def run(plan_of_run: Plan, directory: Path, *, report: Callable[[str], None]) -> Outcome:
    """The outcome of one run below the directory."""
    async with a_system(directory, plan_of_run.size) as system:
        report("everything runs")
        async with ApiClient.signed_in(
            f"http://127.0.0.1:{system.web_ports[0]}", "owner@demo.test"
        ) as client:
            boards = await _boards(client, plan_of_run.projects)
            token = client.token
        latencies = Latencies()
        subscribers = _subscribers(plan_of_run, system, boards, latencies, token)
        writers = _writers(plan_of_run, system, boards, token)
        havoc = Havoc(system, subscribers, seed=plan_of_run.seed, report=report)
        async with _running(subscribers):
            await _until_connected(subscribers)
            report("everybody is connected")
            began_at = time.time()
            await _write_through_havoc(plan_of_run, system, writers, havoc)
            ended_at = time.time()
            settled_after = await _settle(system, subscribers)
            report(f"all is seen after {settled_after} s")
        return Outcome(
            plan=plan_of_run,
            verdict=await judge(system.postgres_url, subscribers, writers),
            happened=havoc.happened,
            crashes=havoc.crashes,
            latencies=latencies,
            began_at=began_at,
            ended_at=ended_at,
            settled_after=settled_after,
        )


async def _write_through_havoc(
    plan_of_run: Plan, system: System, writers: Sequence[Writer], havoc: Havoc
) -> None:
    faults = plan(
        plan_of_run.seed,
        faults=plan_of_run.faults,
        seconds=plan_of_run.seconds,
        processes=list(system.role_by_name),
    )
    async with asyncio.TaskGroup() as group:
        watch = group.create_task(havoc.watch_processes())
        for writer in writers:
            group.create_task(writer.run())
        await asyncio.sleep(plan_of_run.warm_up_seconds + plan_of_run.calm_seconds)
        await havoc.wreak(faults)
        await asyncio.sleep(plan_of_run.calm_seconds)
        for writer in writers:
            writer.stop()
        watch.cancel()
    for writer in writers:
        await writer.close()


@asynccontextmanager
async def _running(subscribers: Sequence[Subscriber]) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(subscriber.run()) for subscriber in subscribers]
        yield
        for task in tasks:
            task.cancel()


async def _until_connected(subscribers: Sequence[Subscriber]) -> None:
    async with asyncio.timeout(_CONNECT_SECONDS):
        while not all(subscriber.connections for subscriber in subscribers):  # noqa: ASYNC110 - they tell nobody
            await asyncio.sleep(_POLL_SECONDS)


async def _settle(system: System, subscribers: Sequence[Subscriber]) -> float | None:
    """Wait until everybody has seen the log's end → the seconds, or None when some do not."""
    connection = await asyncpg.connect(system.postgres_url)
    try:
        rows = await connection.fetch(_LAST_SEQS)
        last_seqs = {row["id"]: row["event_seq"] for row in rows}
    finally:
        await connection.close()
    clock = asyncio.get_running_loop().time
    started_at = clock()
    while clock() - started_at < _SETTLE_SECONDS:
        if all(
            journal.position >= last_seqs[journal.witness.project_id] and not journal.missing
            for subscriber in subscribers
            for journal in subscriber.journals
        ):
            return round(clock() - started_at, 1)
        await asyncio.sleep(_POLL_SECONDS)
    return None


async def _boards(client: ApiClient, count: int) -> Sequence[Board]:
    workspace_id = (await client.execute(_WORKSPACE))["workspace"]["id"]
    boards = []
    for number in range(1, count + 1):
        fields = {"workspaceId": workspace_id, "key": f"F{number}", "name": f"Faults {number}"}
        answer = (await client.execute(_CREATE_PROJECT, input=fields))["projectCreate"]
        assert not answer["errors"], answer
        project = answer["project"]
        boards.append(
            Board(
                project_id=str(UUID(project["id"])),
                column_ids=[column["id"] for column in project["columns"]],
                cursor=project["cursor"],
            )
        )
    return boards


def _subscribers(
    plan_of_run: Plan,
    system: System,
    boards: Sequence[Board],
    latencies: Latencies,
    token: str,
) -> Sequence[Subscriber]:
    witness_by_project_id = {
        board.project_id: Witness(project_id=board.project_id, latencies=latencies)
        for board in boards
    }
    subscribers = []
    for number in range(plan_of_run.subscribers):
        followed = [
            boards[(number + step) % len(boards)]
            for step in range(plan_of_run.projects_per_subscriber)
        ]
        share = number / plan_of_run.subscribers
        is_linked = number % 10 < plan_of_run.linked * 10
        subscribers.append(
            Subscriber(
                journal_by_project_id={
                    board.project_id: Journal(
                        witness=witness_by_project_id[board.project_id],
                        position=board.seq,
                        cursor=board.cursor,
                    )
                    for board in followed
                },
                ports=system.linked_web_ports if is_linked else system.web_ports,
                token=token,
                seed=plan_of_run.seed * 10_000 + number,
                document=BOARD_EVENTS if share < plan_of_run.boards else EVENTS,
            )
        )
    return subscribers


def _writers(
    plan_of_run: Plan, system: System, boards: Sequence[Board], token: str
) -> Sequence[Writer]:
    per_project = plan_of_run.writers_per_project
    return [
        Writer(
            board=board,
            ports=system.linked_web_ports,
            token=token,
            seed=plan_of_run.seed * 1_000 + 100 * place + number,
            per_second=plan_of_run.changes_per_second / per_project,
        )
        for place, board in enumerate(boards)
        for number in range(per_project)
    ]
