"""`python -m tests.performance.fanout`: tens of thousands of subscribers of one web process."""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.performance.fanout.measurement import (
    OTHER_CORE,
    SERVER_CORE,
    Result,
    Scenario,
    measure,
)
from tests.performance.fanout.report import table
from tests.performance.fanout.surroundings import Surroundings, running, running_in


def main() -> int:
    """Run what the command line asks for; return the exit status."""
    options = _options()
    if not {SERVER_CORE, OTHER_CORE} <= os.sched_getaffinity(0):
        print("SKIPPED: this needs two cores, one for the web process alone.")
        return 0
    results = asyncio.run(_run(_scenarios(options), options.stack))
    print()
    print("\n".join(table(results)))
    faults = [f"{result.scenario.name}: {fault}" for result in results for fault in result.faults]
    print("\n".join(faults))
    return 1 if faults else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.performance.fanout", description=__doc__)
    parser.add_argument("--subscribers", type=int, default=15_000)
    parser.add_argument("--boards", type=int, nargs="+", default=[150, 1], help="(150 1)")
    parser.add_argument("--rate", type=float, default=1.0, help="changes of a board a second (1)")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement (20)")
    parser.add_argument("--stack", type=Path, help="data directory of a stack that runs already")
    return parser.parse_args()


def _scenarios(options: argparse.Namespace) -> list[Scenario]:
    return [
        Scenario(
            name=f"{options.subscribers:,} subscribers of {boards} "
            f"{'board' if boards == 1 else 'boards'}, {options.rate:g} changes a second each",
            subscribers=options.subscribers,
            boards=boards,
            rate=options.rate,
            seconds=options.seconds,
        )
        for boards in options.boards
    ]


async def _run(scenarios: Sequence[Scenario], stack: Path | None) -> list[Result]:
    if stack is not None:
        return await _measure_all(scenarios, running_in(stack))
    with tempfile.TemporaryDirectory(prefix="taskwire-fanout-") as name:
        async with running(Path(name) / "stack") as surroundings:
            return await _measure_all(scenarios, surroundings)


async def _measure_all(scenarios: Sequence[Scenario], surroundings: Surroundings) -> list[Result]:
    results = []
    for scenario in scenarios:
        print(scenario.name, flush=True)
        results.append(await measure(scenario, surroundings))
        print("\n".join(table(results[-1:])), flush=True)
    return results


if __name__ == "__main__":
    sys.exit(main())
