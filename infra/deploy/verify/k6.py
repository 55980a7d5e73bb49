"""The load tests: that they demand what was promised, and that they pass in a short form."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from infra.deploy.verify.check import Check, Outcome
from infra.deploy.verify.programs import ROOT, get_tool, run_command
from infra.deploy.verify.running_stack import RunningStack, running_stack

SCRIPTS: Final = ROOT / "infra/deploy/k6"
_RUN_SECONDS: Final = 240.0
# Script → thresholds it must have when nothing is set, by metric.
_ERRORS: Final = {"http_req_failed": "rate<0.01"}
_REQUIRED: Final[Mapping[str, Mapping[str, str]]] = {
    "smoke": {"http_req_duration": "p(95)<2000", **_ERRORS},
    "load": {
        "http_req_duration": "p(95)<2000",
        "http_reqs{scenario:load}": "rate>1000",
        **_ERRORS,
    },
    "stress": {"http_req_failed{scenario:after}": "rate<0.01"},
    "soak": {"http_req_duration": "p(95)<2000", "late_duration": "p(95)<500", **_ERRORS},
    "subscriptions": {
        "delivery_duration": "p(95)<2000",
        "events_missing_or_repeated": "count==0",
        **_ERRORS,
    },
}
# A shared machine of two cores: the rates are what it can do beside the servers themselves, and
# times are held to the required bound. The errors are held to ours.
_SHORT: Final[Mapping[str, Mapping[str, str]]] = {
    "smoke": {"ITERATIONS": "5", "P95_MS": "2000"},
    "load": {
        "LOAD_RATE": "10",
        "LOAD_SECONDS": "15",
        "LOAD_MIN_RATE": "5",
        "VUS": "40",
        "P95_MS": "2000",
    },
    "stress": {"STRESS_RATE": "40", "STRESS_SECONDS": "4", "VUS": "60", "P95_MS": "2000"},
    "soak": {"SOAK_RATE": "10", "SOAK_SECONDS": "15", "VUS": "20", "P95_MS": "2000"},
    "subscriptions": {
        "SOCKETS": "50",
        "MOVES_RATE": "2",
        "LIVE_SECONDS": "10",
        "OPEN_SECONDS": "3",
        "DELIVERY_P95_MS": "2000",
        "P95_MS": "2000",
    },
}


def threshold_problems(script: Path, required: Mapping[str, str]) -> list[str]:
    """Return what is wrong with a script's thresholds, or with the script itself."""
    run = run_command([get_tool("k6"), "inspect", str(script)])
    if run.status != 0:
        return [f"{script.name}: {run.tail}"]
    thresholds = json.loads(run.output[run.output.index("{") :]).get("thresholds") or {}
    return [
        f"{script.name}: {metric} is not held to '{bound}'"
        for metric, bound in required.items()
        if bound not in thresholds.get(metric, [])
    ]


def check_thresholds(folder: Path = SCRIPTS) -> Outcome:
    """Let k6 read every script, and hold its thresholds against the required ones."""
    problems = [
        problem
        for name, required in _REQUIRED.items()
        for problem in threshold_problems(folder / f"{name}.js", required)
    ]
    if problems:
        return Outcome(status="failed", detail="\n".join(problems))
    return Outcome(status="passed", detail=f"{len(_REQUIRED)} scripts demand what was promised")


def run_short(name: str, stack: RunningStack, *, folder: Path = SCRIPTS) -> tuple[bool, str]:
    """Run a script in its short form; return whether its thresholds held, and its figures."""
    with tempfile.TemporaryDirectory(prefix="taskwire-k6-") as work:
        summary = Path(work, "summary.json")
        options = ["--quiet", "--no-usage-report", "--no-color", "--summary-export", str(summary)]
        run = run_command(
            [get_tool("k6"), "run", *options, str(folder / f"{name}.js")],
            environment={"BASE_URL": stack.url, **_SHORT[name]},
            seconds=_RUN_SECONDS,
        )
        if run.status != 0:
            return False, f"{name}: {run.tail}"
        return True, f"{name}: {figures_of(json.loads(summary.read_text())['metrics'])}"


def figures_of(metrics: Mapping[str, Mapping[str, float]]) -> str:
    """Return the figures of a summary that say how it went, in one line."""
    parts = [
        f"{metrics['http_reqs']['rate']:.0f} requests/s",
        f"p95 {metrics['http_req_duration']['p(95)']:.0f} ms",
    ]
    if "delivery_duration" in metrics:
        parts.append(
            f"{metrics['deliveries']['count']:.0f} deliveries, "
            f"p95 {metrics['delivery_duration']['p(95)']:.0f} ms"
        )
    return ", ".join(parts)


def check_short_forms() -> Outcome:
    """Run every script in its short form against the embedded stack."""
    get_tool("k6")
    with running_stack() as stack:
        results = [run_short(name, stack) for name in _SHORT]
    lines = "\n".join(line for _, line in results)
    if all(is_passed for is_passed, _ in results):
        return Outcome(status="passed", detail=f"all thresholds of the short forms hold\n{lines}")
    return Outcome(status="failed", detail=f"thresholds do not hold\n{lines}")


CHECKS: Final = (
    Check(name="k6-thresholds", run=check_thresholds, is_fast=True),
    Check(name="k6-short", run=check_short_forms, is_fast=False),
)
