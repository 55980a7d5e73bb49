"""The programs the checks call, and the one way they are called."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.deploy.verify.check import Outcome

ROOT: Final = Path(__file__).resolve().parents[3]
# Where `make verify-deploy` installs requirements/delivery.txt.
TOOLS: Final = ROOT / ".cache" / "delivery" / "bin"
_COMMAND_SECONDS: Final = 300.0
# More would bury the line that matters.
_LINES_SHOWN: Final = 20


class ToolMissing(Exception):
    """A program is not on this machine; a check that needs it says nothing."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not installed")
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a program did: its exit status, and its two outputs together."""

    status: int
    output: str

    @property
    def tail(self) -> str:
        """The end of the output, short enough for a report."""
        return "\n".join(self.output.strip().splitlines()[-_LINES_SHOWN:])


def get_tool(name: str) -> str:
    """Return the path of a program: of the project's own tools, or of the machine."""
    own = TOOLS / name
    found = str(own) if own.is_file() else shutil.which(name)
    if found is None:
        raise ToolMissing(name)
    return found


def run_command(
    command: Sequence[str],
    *,
    cwd: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    seconds: float = _COMMAND_SECONDS,
    text_in: str | None = None,
) -> Run:
    """Run a program to its end. TimeoutError when it takes longer than the seconds."""
    try:
        done = subprocess.run(  # noqa: S603 - commands are fixed, no shell
            list(command),
            cwd=cwd,
            env={**os.environ, "NO_COLOR": "1", **(environment or {})},
            input=text_in,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"{command[0]} took longer than {seconds:.0f} s") from error
    return Run(status=done.returncode, output=done.stdout)


def outcome_of(run: Run, *, verified: str) -> Outcome:
    """Return passed with what was verified when the program exited 0, else failed with its end."""
    if run.status == 0:
        return Outcome(status="passed", detail=verified)
    return Outcome(status="failed", detail=run.tail or f"exit status {run.status}")
