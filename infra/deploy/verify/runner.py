"""Finds the checks of every area, and runs each in a process of its own, with a time bound."""

import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.deploy.verify.check import Check, Outcome
from infra.deploy.verify.programs import ROOT, ToolMissing

# A busy machine of two cores takes ten times what an idle one does.
FAST_SECONDS: Final = 300.0
# A build of the image from nothing takes minutes on two cores, and half an hour when they are busy.
SLOW_SECONDS: Final = 3600.0
_STANDARD_ERROR: Final = 2
PACKAGE: Final = "infra.deploy.verify"


class BrokenCheckList(Exception):
    """The checks cannot be told apart: two have one name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A check's outcome, and how long it took."""

    name: str
    outcome: Outcome
    seconds: float


def find_checks(package_name: str = PACKAGE) -> tuple[Check, ...]:
    """Return the CHECKS of every module of the package, by module name, fast ones first."""
    package = importlib.import_module(package_name)
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    checks: list[Check] = []
    for name in names:
        if name != "__main__":
            checks += _checks_of(f"{package_name}.{name}")
    known = [check.name for check in checks]
    repeated = sorted({name for name in known if known.count(name) > 1})
    if repeated:
        raise BrokenCheckList(f"several checks are named {', '.join(repeated)}")
    return tuple(sorted(checks, key=lambda check: not check.is_fast))


def _checks_of(module_name: str) -> Sequence[Check]:
    try:
        checks: Sequence[Check] = getattr(importlib.import_module(module_name), "CHECKS", ())
    except ImportError as error:
        # Its checks must not vanish from the report.
        outcome = Outcome(status="failed", detail=f"cannot be imported: {error}")
        return (Check(name=module_name.rpartition(".")[2], run=lambda: outcome, is_fast=True),)
    return checks


def run_here(check: Check) -> Outcome:
    """Return the check's outcome; an exception is a failure, a missing program a skip."""
    try:
        return check.run()
    except ToolMissing as missing:
        return Outcome(status="skipped", detail=str(missing))
    except Exception as error:  # noqa: BLE001 - one broken check must not hide the others
        return Outcome(status="failed", detail=f"{type(error).__name__}: {error}")


def run_apart(name: str, *, seconds: float, package_name: str = PACKAGE) -> Verdict:
    """Run the named check in a process group of its own, which ends with it or with its time."""
    started_at = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="taskwire-verify-") as folder:
        result = Path(folder, "outcome.json")
        command = [sys.executable, "-m", PACKAGE, "--package", package_name]
        with subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [*command, "--run-one", name, "--result", str(result)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            # What a check prints is no part of the report.
            stdout=_STANDARD_ERROR,
            start_new_session=True,
        ) as process:
            try:
                process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                outcome = Outcome(status="failed", detail=f"not done within {seconds:.0f} s")
            else:
                outcome = _read_outcome(result, process.returncode)
            finally:
                _end_group(process)
    return Verdict(name=name, outcome=outcome, seconds=time.monotonic() - started_at)


def write_outcome(outcome: Outcome, path: Path) -> None:
    """Leave the outcome for the process that started this one."""
    path.write_text(json.dumps({"status": outcome.status, "detail": outcome.detail}))


def _read_outcome(path: Path, status: int) -> Outcome:
    if not path.is_file():
        return Outcome(status="failed", detail=f"the check's process ended with status {status}")
    told = json.loads(path.read_text())
    return Outcome(status=told["status"], detail=told["detail"])


def _end_group(process: subprocess.Popen[bytes]) -> None:
    # Whatever the check started and left behind, too.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


def report(verdicts: Sequence[Verdict]) -> str:
    """Return the summary: counts, then what failed, and why what was skipped was."""
    count_by_status = {
        status: sum(verdict.outcome.status == status for verdict in verdicts)
        for status in ("passed", "failed", "skipped")
    }
    lines = [", ".join(f"{count} {status}" for status, count in count_by_status.items())]
    lines += [
        f"  {verdict.outcome.status}: {verdict.name}: {_first_line(verdict.outcome)}"
        for verdict in verdicts
        if verdict.outcome.status != "passed"
    ]
    return "\n".join(lines)


def _first_line(outcome: Outcome) -> str:
    return outcome.detail.partition("\n")[0]
