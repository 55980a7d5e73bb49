"""`python -m tests.performance.peers`: Taskwire beside the servers a team would otherwise pick."""

import argparse
import asyncio
import os
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from infra.embedded.errors import StackError
from tests.performance.peers import board_data, contestants
from tests.performance.peers.bodies import QUERIES
from tests.performance.peers.contestants import OTHER_CORE, SERVER_CORE, Contestant
from tests.performance.peers.ground import Ground, prepared
from tests.performance.peers.load import Measurement, Round, Target, ask, measure
from tests.performance.peers.report import tables
from tests.performance.peers.same_answers import differences
from tests.performance.peers.work_folder import find_source

# Just-in-time compilers and statement caches want some requests first.
_WARM_UP_SECONDS: Final = 2
# A start, the pauses between measurements.
_START_SECONDS: Final = 20
_PAUSE_SECONDS: Final = 20


def main() -> int:
    """Run what the command line asks for; return the exit status."""
    options = _options()
    source = find_source()
    if source is None:
        print("SKIPPED: the peers are not here. TASKWIRE_PEERS names the folder they are in.")
        return 0
    if not {SERVER_CORE, OTHER_CORE} <= os.sched_getaffinity(0):
        print("SKIPPED: the comparison needs two cores, one for the server alone.")
        return 0
    # Everything that is not a server under test shares the other core.
    os.sched_setaffinity(0, {OTHER_CORE})
    try:
        measurements = asyncio.run(_run(options, source))
    except (StackError, BlockingIOError, RuntimeError, FileNotFoundError, TimeoutError) as error:
        print(f"FAILED: {str(error) or type(error).__name__}", file=sys.stderr)
        return 1
    print()
    print("\n".join(tables(measurements)))
    return 1 if any(measurement.errors for measurement in measurements) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.performance.peers", description=__doc__)
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement (5)")
    parser.add_argument("--repeats", type=int, default=3, help="of everything (3)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these servers alone")
    parser.add_argument("--queries", nargs="+", choices=QUERIES, default=QUERIES)
    return parser.parse_args()


async def _run(options: argparse.Namespace, source: Path) -> Sequence[Measurement]:
    async with prepared(source, "of-run") as ground:
        ours = contestants.taskwire(ground.environment, ground.token)
        chosen = _chosen([*ours, *await contestants.peers(ground.folder.path)], options.only)
        return await _Run(ground, options).measure(chosen)


def _chosen(known: Sequence[Contestant], names: Sequence[str] | None) -> list[Contestant]:
    unknown = set(names or ()) - {contestant.name for contestant in known}
    if unknown:
        raise RuntimeError(
            f"no server is called {', '.join(sorted(unknown))}; there are "
            + ", ".join(contestant.name for contestant in known)
        )
    return [contestant for contestant in known if not names or contestant.name in names]


class _Run:
    """The measurements of one run, kept as they come."""

    def __init__(self, ground: Ground, options: argparse.Namespace) -> None:
        self._folder = ground.folder
        self._server_url = ground.server_url
        self._bodies = ground.bodies
        self._seconds: int = options.seconds
        self._repeats: int = options.repeats
        self._queries: Sequence[str] = options.queries
        results = ground.folder.path / "results"
        results.mkdir(exist_ok=True)
        self._results_path = results / f"{time.strftime('%Y%m%d-%H%M%S')}.jsonl"

    async def measure(self, chosen: Sequence[Contestant]) -> Sequence[Measurement]:
        """Everybody in turn, in another order each time, so that noise meets all alike."""
        measurements: list[Measurement] = []
        for repeat in range(self._repeats):
            order = list(chosen)
            random.Random(repeat).shuffle(order)  # noqa: S311 - no secret
            for contestant in order:
                async with asyncio.timeout(self._bound_seconds):
                    measurements.extend(await self._measure_one(contestant, repeat))
        print(f"The measurements are in {self._results_path}")
        return measurements

    @property
    def _bound_seconds(self) -> float:
        one = self._seconds + _WARM_UP_SECONDS + _PAUSE_SECONDS
        return _START_SECONDS + len(self._queries) * one

    async def _measure_one(self, contestant: Contestant, repeat: int) -> list[Measurement]:
        log_path = self._folder.path / "logs" / f"{contestant.name}.log"
        measurements = []
        async with contestant.running(self._bodies, log_path) as (url, pid):
            target = Target(
                url=url,
                token=contestant.token,
                server_pid=pid,
                postgres_pid=self._folder.postgres_pid,
            )
            if repeat == 0:
                await self._require_same_answers(contestant, url)
            for query in self._queries:
                if query in contestant.queries:
                    turn = Round(contestant=contestant.name, query=query, repeat=repeat)
                    measurements.append(await self._measure_query(turn, contestant, target))
        await board_data.tidy(self._server_url)
        return measurements

    async def _require_same_answers(self, contestant: Contestant, url: str) -> None:
        different = await differences(contestant, url, self._bodies, self._server_url)
        if different:
            raise RuntimeError(f"{contestant.name} gives other answers: {different}")

    async def _measure_query(
        self, turn: Round, contestant: Contestant, target: Target
    ) -> Measurement:
        bodies = contestant.bodies(self._bodies, turn.query)
        await ask(target, bodies, seconds=_WARM_UP_SECONDS)
        measured = await measure(turn, target, bodies, seconds=self._seconds)
        with self._results_path.open("ab") as results:
            results.write(measured.as_json_line())
        print(
            f"{turn.repeat + 1}/{self._repeats} {turn.query} {turn.contestant:22}"
            f"{measured.requests_per_second:8.0f} req/s  CPU {measured.server_ms:6.2f} ms"
            f"  Postgres {measured.postgres_ms:5.2f} ms  p99 {measured.p99_ms:7.1f} ms"
            + (f"  {measured.errors} ERRORS" if measured.errors else ""),
            flush=True,
        )
        return measured


if __name__ == "__main__":
    sys.exit(main())
