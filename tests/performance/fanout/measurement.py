"""One scenario: so many watchers of so many boards, and what they cost the web process."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.performance.fanout import scene
from tests.performance.fanout.children import SERVER_CORE, Helper, helper, pin
from tests.performance.fanout.selection import DOCUMENT
from tests.performance.fanout.stages import bound_of, heard
from tests.performance.fanout.surroundings import Surroundings
from tests.performance.peers.processor_time import processor_seconds, resident_bytes

_WARM_UP_SECONDS: Final = 5.0
_FIRST_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.5
# For what was published last to arrive.
_SETTLE_SECONDS: Final = 2.0


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
    # Of the other processes, by what they are.
    other_cpu_seconds: Mapping[str, float]
    bytes_per_connection: float
    bytes_per_delivery: float
    p50: float
    p95: float
    p99: float
    most: float
    # Within how long the web process itself had heard of nearly all.
    heard_p99: float
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
    async with surroundings.web_process() as (port, web), helper("client") as client:
        pin(web, SERVER_CORE)
        return await _measure(scenario, surroundings, boards, client, port=port, web=web)


async def connect(
    client: Helper,
    boards: Sequence[scene.Board],
    *,
    port: int,
    server: int,
    buffer_bytes: int | None = None,
) -> int:
    """Connect everybody who watches → by how many bytes the server's memory has grown."""
    before_bytes = resident_bytes(server)
    pairs = [(str(board.project_id), token) for board in boards for token in board.tokens]
    connected = await client.ask(
        {
            "do": "connect",
            "port": port,
            "document": DOCUMENT,
            "subscribers": pairs,
            "buffer_bytes": buffer_bytes,
        }
    )
    print(f"  {connected['connected']} connected", flush=True)
    return resident_bytes(server) - before_bytes


async def _measure(
    scenario: Scenario,
    surroundings: Surroundings,
    boards: Sequence[scene.Board],
    client: Helper,
    *,
    port: int,
    web: int,
) -> Result:
    connected_bytes = await connect(client, boards, port=port, server=web)
    tasks = [(str(board.task_id), str(board.owner_id)) for board in boards]
    plan = {"database_url": surroundings.database_url, "tasks": tasks, "rate": scenario.rate}
    async with helper("writer") as writer:
        writer.tell(plan)
        await _wait_for_deliveries(client)
        await asyncio.sleep(_WARM_UP_SECONDS)
        heard_before = await heard(port)
        await client.ask({"do": "begin"})
        others = {"client": client.pid, "writer": writer.pid, **surroundings.pid_by_name}
        cpu, other_cpu = processor_seconds(web), _processor_seconds(others)
        started = asyncio.get_running_loop().time()
        await asyncio.sleep(scenario.seconds)
        report = await client.ask({"do": "end"})
        cpu = processor_seconds(web) - cpu
        other_cpu = {n: s - other_cpu[n] for n, s in _processor_seconds(others).items()}
        seconds = asyncio.get_running_loop().time() - started
        heard_after = await heard(port)
    await asyncio.sleep(_SETTLE_SECONDS)
    return Result(
        scenario=scenario,
        deliveries=report["deliveries"],
        seconds=seconds,
        cpu_seconds=cpu,
        other_cpu_seconds=other_cpu,
        bytes_per_connection=connected_bytes / scenario.subscribers,
        bytes_per_delivery=report["payload_bytes"] / max(1, report["deliveries"]),
        p50=report["p50"],
        p95=report["p95"],
        p99=report["p99"],
        most=report["most"],
        heard_p99=bound_of(0.99, heard_before, heard_after),
        faults=faults_of(report),
    )


def _processor_seconds(pid_by_name: Mapping[str, int]) -> dict[str, float]:
    return {name: processor_seconds(pid) for name, pid in pid_by_name.items()}


def faults_of(report: Mapping[str, Any]) -> list[str]:
    """What a client's report tells that should not have been."""
    counts = [f"{report[name]} {name}" for name in ("out_of_order", "closed") if report[name]]
    return [*report["complaints"], *counts]


async def _wait_for_deliveries(client: Helper) -> None:
    async with asyncio.timeout(_FIRST_SECONDS):
        while not (await client.ask({"do": "count"}))["deliveries"]:  # noqa: ASYNC110 - asks
            await asyncio.sleep(_POLL_SECONDS)
