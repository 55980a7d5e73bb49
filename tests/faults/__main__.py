"""`make faults`: one long run, with progress on the standard output and a report in files."""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.report import write_report
from tests.faults.run import Plan, run
from tests.faults.system import Size


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--webs", type=int, default=2)
    parser.add_argument("--relays", type=int, default=2)
    parser.add_argument("--bridges", type=int, default=2)
    parser.add_argument("--projects", type=int, default=4)
    parser.add_argument("--subscribers", type=int, default=200)
    parser.add_argument("--projects-per-subscriber", type=int, default=2)
    parser.add_argument("--changes-per-second", type=float, default=5.0, help="of each project")
    parser.add_argument("--boards", type=float, default=0.2, help="share that asks for the task")
    parser.add_argument("--report", type=Path, help="a JSON file; the Markdown is put beside it")
    parser.add_argument("--directory", type=Path, help="for data and logs, which then stay")
    return parser.parse_args()


def main() -> int:
    """The exit status: 1 when something was lost, doubled, disordered or untrue."""
    given = _arguments()
    plan = Plan(
        seed=given.seed,
        faults=given.faults,
        seconds=given.seconds,
        size=Size(webs=given.webs, relays=given.relays, bridges=given.bridges),
        projects=given.projects,
        subscribers=given.subscribers,
        projects_per_subscriber=given.projects_per_subscriber,
        changes_per_second=given.changes_per_second,
        boards=given.boards,
    )
    started_at = time.monotonic()

    def tell(line: str) -> None:
        print(f"{time.monotonic() - started_at:7.1f}  {line}", flush=True)

    with tempfile.TemporaryDirectory(prefix="taskwire-faults-") as name:
        directory = given.directory or Path(name)
        directory.mkdir(parents=True, exist_ok=True)
        outcome = asyncio.run(run(plan, directory, report=tell))
    path = given.report or Path(".cache") / f"faults-{given.seed}.json"
    print(write_report(outcome, path))
    print(f"written to {path}")
    return 1 if outcome.verdict.defects or outcome.settled_after is None else 0


if __name__ == "__main__":
    sys.exit(main())
