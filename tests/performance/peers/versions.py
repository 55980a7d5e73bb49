"""`python -m tests.performance.peers.versions CHECKOUT`: what this version costs beside another.

Both are asked at once and share a core, so that whatever the machine does it does to both: their
ratio is good to a part in a hundred where turns of a second each differ by a tenth. Each has a
database of its own. Rates say nothing here, as each slows the other down.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final

from infra.embedded.errors import StackError
from tests.performance.peers import board_data, contestants
from tests.performance.peers.bodies import QUERIES
from tests.performance.peers.contestants import OTHER_CORE, SERVER_CORE, Contestant
from tests.performance.peers.ground import Ground, prepared
from tests.performance.peers.load import CONNECTIONS, Target, ask
from tests.performance.peers.processor_time import processor_seconds, wait_until_idle
from tests.performance.peers.work_folder import ROOT, find_source

_WARM_UP_SECONDS: Final = 2
_DRAIN_SECONDS: Final = 8.0


def main() -> int:
    """Compare the two and print what each round said; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.performance.peers.versions",
        description="CPU of the web process for each request, this version's to another's.",
    )
    parser.add_argument("checkout", type=Path, help="of the other version, with the same packages")
    parser.add_argument("--queries", nargs="+", choices=QUERIES, default=("q1", "q2", "q4"))
    parser.add_argument("--seconds", type=int, default=5, help="of each round (5)")
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    source = find_source()
    if source is None:
        print("SKIPPED: the peers are not here. TASKWIRE_PEERS names the folder they are in.")
        return 0
    if not {SERVER_CORE, OTHER_CORE} <= os.sched_getaffinity(0):
        print("SKIPPED: the comparison needs two cores, one for the servers alone.")
        return 0
    if not (options.checkout / "web" / "cli").is_dir():
        print(f"FAILED: {options.checkout} is no checkout of Taskwire", file=sys.stderr)
        return 1
    os.sched_setaffinity(0, {OTHER_CORE})
    try:
        errors = asyncio.run(_run(options, source))
    except (StackError, BlockingIOError, RuntimeError, FileNotFoundError, TimeoutError) as error:
        print(f"FAILED: {str(error) or type(error).__name__}", file=sys.stderr)
        return 1
    return 1 if errors else 0


async def _run(options: argparse.Namespace, source: Path) -> int:
    """Measure and print; return how many answers were errors."""
    async with prepared(source, "of-versions") as ground, AsyncExitStack() as running:
        versions = [
            await running.enter_async_context(_running(ground, name, checkout))
            for name, checkout in (("this", ROOT), ("other", options.checkout.resolve()))
        ]
        errors = 0
        for query in options.queries:
            await _round(versions, ground.bodies, query, _WARM_UP_SECONDS)
            rounds = [
                await _round(versions, ground.bodies, query, options.seconds)
                for _ in range(options.rounds)
            ]
            errors += sum(each[1] for each in rounds)
            _print(query, [each[0] for each in rounds])
    return errors


@asynccontextmanager
async def _running(
    ground: Ground, name: str, checkout: Path
) -> AsyncIterator[tuple[Contestant, Target]]:
    url = await board_data.copy(ground.server_url, f"{board_data.DATABASE}_{name}")
    settings = {**ground.environment, "TASKWIRE_DATABASE_URL": url}
    [as_served, *_] = contestants.taskwire(settings, ground.token)
    version = replace(as_served, name=name, folder=checkout)
    log_path = ground.folder.path / "logs" / f"version-{name}.log"
    async with version.running(ground.bodies, log_path) as (where, pid):
        yield (
            version,
            Target(
                url=where,
                token=ground.token,
                server_pid=pid,
                postgres_pid=ground.folder.postgres_pid,
            ),
        )


async def _round(
    versions: Sequence[tuple[Contestant, Target]], bodies: Path, query: str, seconds: int
) -> tuple[list[float], int]:
    """Milliseconds of CPU for each request of both, and the errors among the answers."""
    before = [processor_seconds(target.server_pid) for _, target in versions]
    told = await asyncio.gather(
        *(
            ask(target, version.bodies(bodies, query), seconds=seconds)
            for version, target in versions
        )
    )
    for _, target in versions:
        await wait_until_idle(target.server_pid, target.postgres_pid, seconds=_DRAIN_SECONDS)
    milliseconds = [
        1000 * (processor_seconds(target.server_pid) - used) / (each["requests"] + CONNECTIONS)
        for (_, target), used, each in zip(versions, before, told, strict=True)
    ]
    return milliseconds, int(sum(each["errors"] for each in told))


def _print(query: str, rounds: Sequence[Sequence[float]]) -> None:
    this, other = (median(each[index] for each in rounds) for index in (0, 1))
    ratios = sorted(each[0] / each[1] for each in rounds)
    print(
        f"{query}: {median(ratios):.3f} times the CPU ({ratios[0]:.3f} to {ratios[-1]:.3f});"
        f" {this:.3f} ms, the other {other:.3f} ms",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
