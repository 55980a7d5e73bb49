"""The programs of Prometheus and its exporters, from Debian's packages, where installed."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
OBSERVABILITY = ROOT / "infra" / "deploy" / "observability"
RULES = sorted((OBSERVABILITY / "prometheus" / "rules").glob("*.yml"))
RULE_TESTS = sorted((Path(__file__).parent / "rules").glob("*_test.yml"))

# The others are packages of their own.
_PACKAGE_BY_PROGRAM = {"promtool": "prometheus", "amtool": "prometheus-alertmanager"}


def program(name: str) -> str:
    """The program's path; the test is skipped where it is not installed."""
    path = shutil.which(name)
    if path is None:
        package = _PACKAGE_BY_PROGRAM.get(name, name)
        pytest.skip(f"{name} is missing: install Debian's package {package}")
    return path


def run(*command: str | Path, seconds: float = 150) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, with its output as text."""
    return subprocess.run(  # noqa: S603 - fixed commands, no shell
        [str(part) for part in command],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
