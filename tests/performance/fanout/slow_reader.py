"""`python -m tests.performance.fanout.slow_reader`: one subscriber that stops reading.

Everybody watches one board. For the first part all read; for the second, one does not; then
it reads again, and must get what it missed in order, or ResyncRequired.
"""

import argparse
import asyncio
import itertools
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from domain.commands.execution import CommandBus
from domain.commands.task_batches import UpdateTasks, update_tasks
from domain.commands.tasks import CreateTask, create_task
from domain.identifiers import UserId
from persistence.database import Database
from tests.performance.fanout import scene
from tests.performance.fanout.children import SERVER_CORE, Helper, helper, pin
from tests.performance.fanout.measurement import connect, faults_of
from tests.performance.fanout.surroundings import Surroundings, running
from tests.performance.peers.processor_time import resident_bytes
from web.bootstrap import command_bus

# The server notices sooner who does not read when the system keeps little for them.
_BUFFER_BYTES: Final = 65_536
_SAMPLE_SECONDS: Final = 1.0
_CATCH_UP_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.1
# An event each, with every change.
_TASKS: Final = 20
_ESTIMATES: Final = 10
_MIB: Final = 1024 * 1024


def main() -> int:
    """Run it; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.performance.fanout.slow_reader", description=__doc__
    )
    parser.add_argument("--subscribers", type=int, default=20)
    parser.add_argument("--rate", type=float, default=170.0, help="changes a second (170)")
    parser.add_argument("--seconds", type=float, default=60.0, help="that one does not read (60)")
    options = parser.parse_args()
    faults = asyncio.run(_run(options))
    print("\n".join(faults))
    return 1 if faults else 0


async def _run(options: argparse.Namespace) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="taskwire-slow-reader-") as name:
        async with running(Path(name) / "stack") as surroundings:
            return await _measure(options, surroundings)


async def _measure(options: argparse.Namespace, surroundings: Surroundings) -> list[str]:
    [board] = await scene.create(
        surroundings.database_url,
        surroundings.secret_key,
        boards=1,
        watchers_per_board=options.subscribers,
    )
    async with (
        surroundings.web_process() as (port, web),
        helper("client") as others,
        helper("client") as slow,
    ):
        pin(web, SERVER_CORE)
        first, *rest = board.tokens
        await connect(others, [replace(board, tokens=rest)], port=port, server=web)
        await connect(
            slow,
            [replace(board, tokens=[first])],
            port=port,
            server=web,
            buffer_bytes=_BUFFER_BYTES,
        )
        async with _changes(surroundings, board, options.rate):
            before = await _phase(others, web, seconds=options.seconds)
            await slow.ask({"do": "begin"})
            await slow.ask({"do": "pause"})
            during = await _phase(others, web, seconds=options.seconds)
            await slow.ask({"do": "resume"})
            seconds = await _catch_up(slow, others)
            caught_up = await slow.ask({"do": "end"})
    _tell(before, during, caught_up, seconds=seconds, others=len(rest))
    return [*faults_of(before), *faults_of(during), *faults_of(caught_up)]


@asynccontextmanager
async def _changes(
    surroundings: Surroundings, board: scene.Board, rate: float
) -> AsyncIterator[None]:
    """Changes of the board while the block runs; many tasks at once, which costs Postgres less."""
    actor_id = UserId(board.owner_id)
    async with Database(surroundings.database_url, pool_size=2) as database:
        bus = command_bus(database)
        create = CreateTask(project_id=board.project_id, column_id=board.column_id, title="Watched")
        made = [await bus.run(create_task, create, actor_id=actor_id) for _ in range(_TASKS)]
        task_ids = tuple(outcome.object_ids[0] for outcome in made)
        changing = asyncio.create_task(_change(bus, task_ids, actor_id, _TASKS / rate))
        try:
            yield
            if changing.done():
                changing.result()
        finally:
            changing.cancel()
            await asyncio.wait({changing})


async def _change(
    bus: CommandBus, task_ids: tuple[UUID, ...], actor_id: UserId, interval: float
) -> None:
    started_at = time.monotonic()
    for number in itertools.count():
        command = UpdateTasks(task_ids=task_ids, estimate=number % _ESTIMATES)
        await bus.run(update_tasks, command, actor_id=actor_id)
        await asyncio.sleep(max(0.0, started_at + (number + 1) * interval - time.monotonic()))


async def _phase(client: Helper, web: int, *, seconds: float) -> Mapping[str, Any]:
    """The client's report of the time, and between which bounds the server's memory was."""
    await client.ask({"do": "begin"})
    resident = [resident_bytes(web)]
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        await asyncio.sleep(_SAMPLE_SECONDS)
        resident.append(resident_bytes(web))
    report = await client.ask({"do": "end"})
    return {**report, "least_bytes": min(resident), "most_bytes": max(resident)}


async def _catch_up(slow: Helper, others: Helper) -> float:
    """After how many seconds the slow one was where the others had been when it began."""
    started_at = time.monotonic()
    goal = (await others.ask({"do": "end"}))["last_seq"]
    async with asyncio.timeout(_CATCH_UP_SECONDS):
        while (await slow.ask({"do": "end"}))["last_seq"] < goal:  # noqa: ASYNC110 - asks
            await asyncio.sleep(_POLL_SECONDS)
    return time.monotonic() - started_at


def _tell(
    before: Mapping[str, Any],
    during: Mapping[str, Any],
    caught_up: Mapping[str, Any],
    *,
    seconds: float,
    others: int,
) -> None:
    print(f"\n| {others} others, while | events | p50 | p99 | most | memory of the web process |")
    print("| --- |" + " ---: |" * 5)
    for name, report in (("all read", before), ("one does not", during)):
        milliseconds = (f"{1000 * report[key]:.0f} ms" for key in ("p50", "p99", "most"))
        memory = f"{report['least_bytes'] / _MIB:.1f} to {report['most_bytes'] / _MIB:.1f} MiB"
        events = report["deliveries"] // others
        print(f"| {name} | {events:,} | {' | '.join(milliseconds)} | {memory} |")
    print(
        f"\nThe one that read again was where the others were after {seconds:.1f} s, with "
        f"{caught_up['deliveries']:,} events, {caught_up['resyncs']} ResyncRequired and "
        f"{caught_up['out_of_order']} gaps."
    )


if __name__ == "__main__":
    sys.exit(main())
