"""`python -m tests.performance.fanout`: tens of thousands of subscribers of one web process.

And, before that, some thousands of subscribers of other servers beside it.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from tests.performance.fanout import contestants
from tests.performance.fanout.children import OTHER_CORE, SERVER_CORE
from tests.performance.fanout.comparison import Comparison, Standing, compare, standings_table
from tests.performance.fanout.measurement import Result, Scenario, measure
from tests.performance.fanout.report import table
from tests.performance.fanout.surroundings import Surroundings, running, running_in


def main() -> int:
    """Run what the command line asks for; return the exit status."""
    options = _options()
    if not {SERVER_CORE, OTHER_CORE} <= os.sched_getaffinity(0):
        print("SKIPPED: this needs two cores, one for the web process alone.")
        return 0
    faults = asyncio.run(_run(options))
    print("\n".join(faults))
    return 1 if faults else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.performance.fanout", description=__doc__)
    parser.add_argument("--subscribers", type=int, default=15_000)
    parser.add_argument("--boards", type=int, nargs="*", default=[150, 1], help="(150 1)")
    parser.add_argument("--rate", type=float, default=1.0, help="changes of a board a second (1)")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement (20)")
    parser.add_argument(
        "--compare", type=int, default=2_000, help="subscribers beside others; 0 for none (2000)"
    )
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


async def _run(options: argparse.Namespace) -> list[str]:
    """What should not have been."""
    with tempfile.TemporaryDirectory(prefix="taskwire-fanout-") as name:
        folder = Path(name)
        if options.stack is not None:
            return await _measure_all(options, running_in(options.stack), folder)
        async with running(folder / "stack") as surroundings:
            return await _measure_all(options, surroundings, folder)


async def _measure_all(
    options: argparse.Namespace, surroundings: Surroundings, folder: Path
) -> list[str]:
    faults = []
    if options.compare:
        standings = await _compare(options, surroundings, folder)
        faults += [
            f"{standing.name}: {fault}"
            for standing in standings
            for fault in (*standing.paced.faults, *standing.busy.faults)
        ]
    results = [await _measure(scenario, surroundings) for scenario in _scenarios(options)]
    if results:
        print("\n".join(("", *table(results))), flush=True)
    return faults + [
        f"{result.scenario.name}: {fault}" for result in results for fault in result.faults
    ]


async def _measure(scenario: Scenario, surroundings: Surroundings) -> Result:
    print(scenario.name, flush=True)
    result = await measure(scenario, surroundings)
    print("\n".join(table([result])), flush=True)
    return result


async def _compare(
    options: argparse.Namespace, surroundings: Surroundings, folder: Path
) -> list[Standing]:
    comparison = Comparison(subscribers=options.compare, seconds=options.seconds)
    servers = [contestants.taskwire(surroundings), *contestants.peers(folder)]
    standings = await compare(servers, comparison)
    print("\n".join(("", *standings_table(standings), "")), flush=True)
    return standings


if __name__ == "__main__":
    sys.exit(main())
