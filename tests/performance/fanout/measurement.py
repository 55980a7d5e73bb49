"""One scenario: so many watchers of so many boards, and what they cost the web process."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.performance.fanout import scene
from tests.performance.fanout.surroundings import Surroundings
from tests.performance.peers.processor_time import processor_seconds, resident_bytes

SERVER_CORE: Final = 0
OTHER_CORE: Final = 1
_ANSWER_SECONDS: Final = 900.0
_WARM_UP_SECONDS: Final = 5.0
_POLL_SECONDS: Final = 0.5
# For what was published last to arrive.
_SETTLE_SECONDS: Final = 2.0
# More input than this at once does not fit a pipe; the child reads it as it comes.
_LINE_BYTES: Final = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Watchers are spread evenly; every board changes `rate` times a second."""

    name: str
    subscribers: int
    boards: int
    rate: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What was measured. Latencies are in seconds, from just before the commit to arrival."""

    scenario: Scenario
    deliveries: int
    seconds: float
    cpu_seconds: float
    bytes_per_connection: float
    bytes_per_delivery: float
    p50: float
    p95: float
    p99: float
    most: float
    faults: Sequence[str]

    @property
    def cpu_per_delivery(self) -> float:
        """Seconds of the web process."""
        return self.cpu_seconds / max(1, self.deliveries)

    @property
    def core_share(self) -> float:
        """Of one core, that the web process used."""
        return self.cpu_seconds / self.seconds


async def measure(scenario: Scenario, surroundings: Surroundings) -> Result:
    """Run the scenario on a web process of its own, which has a core to itself."""
    boards = await scene.create(
        surroundings.database_url,
        surroundings.secret_key,
        boards=scenario.boards,
        watchers_per_board=scenario.subscribers // scenario.boards,
    )
    async with surroundings.web_process() as (port, web), _child("client") as client:
        _pin(web, SERVER_CORE)
        return await _measure(scenario, surroundings, boards, client, port=port, web=web)


async def _measure(
    scenario: Scenario,
    surroundings: Surroundings,
    boards: Sequence[scene.Board],
    client: Process,
    *,
    port: int,
    web: int,
) -> Result:
    before_bytes = resident_bytes(web)
    pairs = [(str(board.project_id), token) for board in boards for token in board.tokens]
    connected = await _ask(client, {"do": "connect", "port": port, "subscribers": pairs})
    print(f"  {connected['connected']} connected", flush=True)
    connected_bytes = resident_bytes(web) - before_bytes
    tasks = [(str(board.task_id), str(board.owner_id)) for board in boards]
    plan = {"database_url": surroundings.database_url, "tasks": tasks, "rate": scenario.rate}
    async with _child("writer") as writer:
        _tell(writer, plan)
        await _wait_for_deliveries(client)
        await asyncio.sleep(_WARM_UP_SECONDS)
        await _ask(client, {"do": "begin"})
        cpu = processor_seconds(web)
        started = asyncio.get_running_loop().time()
        await asyncio.sleep(scenario.seconds)
        report = await _ask(client, {"do": "end"})
        cpu = processor_seconds(web) - cpu
        seconds = asyncio.get_running_loop().time() - started
    await asyncio.sleep(_SETTLE_SECONDS)
    return _result(scenario, report, connected_bytes, cpu, seconds)


def _result(
    scenario: Scenario, report: dict[str, Any], connected_bytes: int, cpu: float, seconds: float
) -> Result:
    faults = list(report["complaints"])
    faults += [f"{report[name]} {name}" for name in ("out_of_order", "closed") if report[name]]
    return Result(
        scenario=scenario,
        deliveries=report["deliveries"],
        seconds=seconds,
        cpu_seconds=cpu,
        bytes_per_connection=connected_bytes / scenario.subscribers,
        bytes_per_delivery=report["payload_bytes"] / max(1, report["deliveries"]),
        p50=report["p50"],
        p95=report["p95"],
        p99=report["p99"],
        most=report["most"],
        faults=faults,
    )


@asynccontextmanager
async def _child(module: str) -> AsyncIterator[Process]:
    """A process of this package, which ends when its input does."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"tests.performance.fanout.{module}",
        stdin=PIPE,
        stdout=PIPE,
        limit=_LINE_BYTES,
    )
    _pin(process.pid, OTHER_CORE)
    try:
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()
        async with asyncio.timeout(_ANSWER_SECONDS):
            await process.wait()


async def _wait_for_deliveries(client: Process) -> None:
    async with asyncio.timeout(_ANSWER_SECONDS):
        while not (await _ask(client, {"do": "end"}))["deliveries"]:  # noqa: ASYNC110 - asks
            await asyncio.sleep(_POLL_SECONDS)


def _pin(pid: int, core: int) -> None:
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})


def _tell(process: Process, command: dict[str, Any]) -> None:
    if process.stdin is not None:
        process.stdin.write(json.dumps(command).encode() + b"\n")


async def _ask(process: Process, command: dict[str, Any]) -> dict[str, Any]:
    _tell(process, command)
    if process.stdout is None:
        raise RuntimeError("the process has no output")
    async with asyncio.timeout(_ANSWER_SECONDS):
        line = await process.stdout.readline()
    if not line:
        raise RuntimeError(f"it ended instead of doing {command['do']!r}")
    answer: dict[str, Any] = json.loads(line)
    return answer
