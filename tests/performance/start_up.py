"""How long a web process takes from its start to the first answer that it is ready.

    python -m tests.performance.start_up

Postgres, Kafka's protocol, Redis, relay and bridge run already, as they do when a process
joins or replaces another. The bytecode is there after the first start, which is not counted.
The CPU time is what the process used by then: it depends less on what else the machine does.
"""

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.performance.fanout.surroundings import Surroundings, running
from tests.performance.peers.processor_time import processor_seconds

STARTS = 9


async def report_start_up(directory: Path) -> None:
    """Print the median and the extremes of several starts."""
    async with running(directory) as stack:
        await _start(stack)
        starts = [await _start(stack) for _ in range(STARTS)]
    taken, used = (sorted(figures) for figures in zip(*starts, strict=True))
    print(
        f"start of a web process to /readyz: median {median(taken):.2f} s, "
        f"least {taken[0]:.2f} s, most {taken[-1]:.2f} s of {STARTS}; "
        f"CPU median {median(used):.2f} s, least {used[0]:.2f} s, most {used[-1]:.2f} s"
    )


async def _start(stack: Surroundings) -> tuple[float, float]:
    """Seconds until it was ready, and of CPU until then."""
    started_at = time.perf_counter()
    async with stack.web_process() as (_, pid):
        return time.perf_counter() - started_at, processor_seconds(pid)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="taskwire-bench-") as name:
        asyncio.run(report_start_up(Path(name) / "stack"))
