"""The checks of what watches Taskwire: rules, routes, dashboards and the log pipeline.

They need Debian's packages `prometheus` and `prometheus-alertmanager`; the dashboards and the
live proof need the development packages, as `make test` does.
"""

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from infra.deploy.verify.check import Check, Outcome

_ROOT: Final = Path(__file__).parents[3]
_FILES: Final = _ROOT / "infra" / "deploy" / "observability"
_TESTS: Final = _ROOT / "tests" / "infra" / "deploy" / "observability"
# Four weeks of samples take promtool some seconds, on a busy machine a minute.
_COMMAND_SECONDS: Final = 100.0
_LIVE_SECONDS: Final = 900.0
# More would bury the line that matters.
_LINES_SHOWN: Final = 20


def _run(*command: str | Path, verified: str, seconds: float = _COMMAND_SECONDS) -> Outcome:
    """Run a program to its end; skipped where it is not installed."""
    program, *arguments = [str(part) for part in command]
    path = shutil.which(program)
    if path is None:
        return Outcome(status="skipped", detail=f"{program} is not installed")
    try:
        done = subprocess.run(  # noqa: S603 - fixed commands, no shell
            [path, *arguments],
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Outcome(status="failed", detail=f"{program} took longer than {seconds:.0f} s")
    if done.returncode == 0:
        return Outcome(status="passed", detail=verified)
    tail = "\n".join(done.stdout.strip().splitlines()[-_LINES_SHOWN:])
    return Outcome(status="failed", detail=tail or f"exit status {done.returncode}")


def _configuration() -> Outcome:
    return _run(
        "promtool",
        "check",
        "config",
        _FILES / "prometheus" / "prometheus.yml",
        verified="Prometheus accepts its configuration and every rule",
    )


def _rules(path: Path) -> Outcome:
    return _run(
        "promtool", "test", "rules", path, verified=f"the cases of {path.name} come out as written"
    )


def _routes() -> Outcome:
    return _run(
        "amtool",
        "check-config",
        _FILES / "alertmanager" / "alertmanager.yml",
        verified="Alertmanager accepts its routes, receivers and inhibitions",
    )


def _pytest(name: str, *, verified: str, seconds: float) -> Outcome:
    needed = ("pytest", "grafana_foundation_sdk", "promql_parser")
    missing = [module for module in needed if importlib.util.find_spec(module) is None]
    if missing:
        return Outcome(status="skipped", detail=f"{', '.join(missing)} is not installed")
    return _run(
        sys.executable, "-m", "pytest", "-q", _TESTS / name, verified=verified, seconds=seconds
    )


def _live() -> Outcome:
    needed = ("prometheus", "prometheus-alertmanager")
    missing = [program for program in needed if shutil.which(program) is None]
    if missing:
        return Outcome(status="skipped", detail=f"{', '.join(missing)} is not installed")
    return _pytest(
        "test_live.py",
        verified="provoked faults fire in a live Prometheus and arrive through a live Alertmanager",
        seconds=_LIVE_SECONDS,
    )


def _check(name: str, run: Callable[[], Outcome], *, is_fast: bool) -> Check:
    return Check(name=f"observability: {name}", run=run, is_fast=is_fast)


CHECKS: Final[tuple[Check, ...]] = (
    _check("Prometheus configuration", _configuration, is_fast=True),
    _check("Alertmanager configuration", _routes, is_fast=True),
    *(
        _check(f"rules, {path.stem.removesuffix('_test')}", partial(_rules, path), is_fast=True)
        for path in sorted((_TESTS / "rules").glob("*_test.yml"))
    ),
    _check(
        "dashboards",
        partial(
            _pytest,
            "test_dashboards.py",
            verified="dashboards are current and their queries name metrics that exist",
            seconds=_COMMAND_SECONDS,
        ),
        is_fast=True,
    ),
    _check(
        "log pipeline",
        partial(
            _pytest,
            "test_elastic.py",
            verified="the pipeline parses; templates, policy and saved objects fit together",
            seconds=_COMMAND_SECONDS,
        ),
        is_fast=True,
    ),
    _check("live alerts", _live, is_fast=False),
)
