"""`python -m tests.performance.peers.versions CHECKOUT`: what this version costs beside another.

Both are asked at once and share a core, so that whatever the machine does it does to both: their
ratio is good to a part in a hundred where turns of a second each differ by a tenth. Each has a
database of its own. Rates say nothing here, as each slows the other down.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final

from tests.performance.peers import board_data, contestants
from tests.performance.peers.__main__ import taskwire_services, token_for_a_member
from tests.performance.peers.bodies import QUERIES, write_bodies
from tests.performance.peers.contestants import OTHER_CORE, Contestant
from tests.performance.peers.load import CONNECTIONS, Target, ask
from tests.performance.peers.processor_time import processor_seconds, wait_until_idle
from tests.performance.peers.work_folder import ROOT, WORK_FOLDER, WorkFolder, find_source

_SET_UP_SECONDS: Final = 20 * 60
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
    os.sched_setaffinity(0, {OTHER_CORE})
    return asyncio.run(_run(options, source))


async def _run(options: argparse.Namespace, source: Path) -> int:
    folder = WorkFolder(WORK_FOLDER)
    folder.path.mkdir(parents=True, exist_ok=True)
    with folder.held():
        async with asyncio.timeout(_SET_UP_SECONDS):
            await folder.install(source)
        async with (
            folder.postgres() as server_url,
            taskwire_services(folder) as environment,
            AsyncExitStack() as running,
        ):
            await folder.reset_data()
            await board_data.create(server_url)
            bodies = folder.path / "bodies" / "of-versions"
            write_bodies(folder.path / "bodies", bodies, *await board_data.task_places(server_url))
            token = await token_for_a_member(server_url, environment["TASKWIRE_SECRET_KEY"])
            versions: list[tuple[Contestant, Target]] = []
            for name, checkout in (("this", ROOT), ("other", options.checkout.resolve())):
                url = await board_data.copy(server_url, f"{board_data.DATABASE}_{name}")
                settings = {**environment, "TASKWIRE_DATABASE_URL": url}
                version = replace(
                    contestants.taskwire(settings, token)[0], name=name, folder=checkout
                )
                log_path = folder.path / "logs" / f"version-{name}.log"
                where, pid = await running.enter_async_context(version.running(bodies, log_path))
                target = Target(
                    url=where, token=token, server_pid=pid, postgres_pid=folder.postgres_pid
                )
                versions.append((version, target))
            errors = 0
            for query in options.queries:
                await _round(versions, bodies, query, _WARM_UP_SECONDS)
                rounds = [
                    await _round(versions, bodies, query, options.seconds)
                    for _ in range(options.rounds)
                ]
                errors += sum(each[1] for each in rounds)
                _print(query, [each[0] for each in rounds])
    return 1 if errors else 0


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
