"""`python -m tests.performance.peers.soak`: a server's memory under ten minutes of mixed load."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

from tests.performance.peers import contestants
from tests.performance.peers.bodies import MIXED
from tests.performance.peers.ground import prepared
from tests.performance.peers.load import Target, ask
from tests.performance.peers.processor_time import resident_bytes
from tests.performance.peers.work_folder import find_source

_SAMPLE_SECONDS: Final = 10
# Caches fill at first.
_WARM_UP_SAMPLES: Final = 6
_LEAST_SECONDS: Final = 120
_MIB: Final = 2**20


def main() -> int:
    """Load one server and print its memory; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.performance.peers.soak")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--server", default=contestants.SNAPSHOTS)
    options = parser.parse_args()
    if options.seconds < _LEAST_SECONDS:
        parser.error(f"--seconds is at least {_LEAST_SECONDS}: the first minute fills caches")
    source = find_source()
    if source is None:
        print("SKIPPED: the peers are not here. TASKWIRE_PEERS names the folder they are in.")
        return 0
    samples, requests, errors = asyncio.run(_run(options.seconds, options.server, source))
    print("\n".join(report(samples, requests, errors)))
    return 1 if errors else 0


async def _run(seconds: int, server: str, source: Path) -> tuple[list[float], int, int]:
    """Resident MiB every ten seconds, requests answered, errors among them."""
    async with prepared(source, "of-soak") as ground:
        [chosen] = [
            contestant
            for contestant in contestants.taskwire(ground.environment, ground.token)
            if contestant.name == server
        ]
        log_path = ground.folder.path / "logs" / "soak.log"
        async with chosen.running(ground.bodies, log_path) as (url, pid):
            target = Target(
                url=url, token=chosen.token, server_pid=pid, postgres_pid=ground.folder.postgres_pid
            )
            loading = asyncio.create_task(
                ask(target, chosen.bodies(ground.bodies, MIXED), seconds=seconds)
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
