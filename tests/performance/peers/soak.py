"""`python -m tests.performance.peers.soak`: a server's memory under ten minutes of mixed load."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

from tests.performance.peers import board_data, contestants
from tests.performance.peers.__main__ import taskwire_services, token_for_a_member
from tests.performance.peers.bodies import MIXED, write_bodies
from tests.performance.peers.load import Target, ask
from tests.performance.peers.processor_time import resident_bytes
from tests.performance.peers.work_folder import WORK_FOLDER, WorkFolder, find_source

_SAMPLE_SECONDS: Final = 10
_SET_UP_SECONDS: Final = 20 * 60
# Caches fill at first.
_WARM_UP_SAMPLES: Final = 6
_MIB: Final = 2**20


def main() -> int:
    """Load one server and print its memory; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.performance.peers.soak")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--server", default=contestants.SNAPSHOTS)
    options = parser.parse_args()
    source = find_source()
    if source is None:
        print("SKIPPED: the peers are not here. TASKWIRE_PEERS names the folder they are in.")
        return 0
    samples, requests, errors = asyncio.run(_run(options.seconds, options.server, source))
    print("\n".join(report(samples, requests, errors)))
    return 1 if errors else 0


async def _run(seconds: int, server: str, source: Path) -> tuple[list[float], int, int]:
    """Resident MiB every ten seconds, requests answered, errors among them."""
    folder = WorkFolder(WORK_FOLDER)
    folder.path.mkdir(parents=True, exist_ok=True)
    with folder.held():
        async with asyncio.timeout(_SET_UP_SECONDS):
            await folder.install(source)
        async with folder.postgres() as server_url, taskwire_services(folder) as environment:
            await folder.reset_data()
            database_url = await board_data.create(server_url)
            bodies = folder.path / "bodies" / "of-soak"
            write_bodies(folder.path / "bodies", bodies, *await board_data.task_places(server_url))
            [chosen] = [
                contestant
                for contestant in contestants.taskwire(
                    {**environment, "TASKWIRE_DATABASE_URL": database_url},
                    await token_for_a_member(server_url, environment["TASKWIRE_SECRET_KEY"]),
                )
                if contestant.name == server
            ]
            async with chosen.running(bodies, folder.path / "logs" / "soak.log") as (url, pid):
                target = Target(
                    url=url, token=chosen.token, server_pid=pid, postgres_pid=folder.postgres_pid
                )
                loading = asyncio.create_task(
                    ask(target, chosen.bodies(bodies, MIXED), seconds=seconds)
                )
                samples = []
                while not loading.done():
                    samples.append(resident_bytes(pid) / _MIB)
                    await asyncio.wait({loading}, timeout=_SAMPLE_SECONDS)
                told = await loading
    return samples, int(told["requests"]), int(told["errors"])


def report(samples: Sequence[float], requests: int, errors: int) -> list[str]:
    """What the samples say: memory behind the warm-up, in its first and in its last minute."""
    settled = samples[_WARM_UP_SAMPLES:]
    return [
        f"{requests} requests, {errors} errors",
        "resident MiB every minute: " + " ".join(f"{s:.0f}" for s in samples[::6]),
        f"second minute {median(settled[:6]):.1f} MiB, last minute {median(settled[-6:]):.1f} MiB",
    ]


if __name__ == "__main__":
    sys.exit(main())
