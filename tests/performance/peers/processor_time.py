"""The CPU time and memory of processes with all their children, as Linux counts them."""

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
# Of the line in /proc/PID/stat, counted behind the name: utime, stime, cutime, cstime, and rss.
_TIMES: Final = slice(11, 15)
_RESIDENT: Final = 21
_POLL_SECONDS: Final = 0.05
_QUIET_POLLS: Final = 3


def processor_seconds(pid: int) -> float:
    """User and system time of the process, its children, and the children it has waited for."""
    return sum(sum(map(int, fields[_TIMES])) for fields in _family(pid)) / _TICKS


def resident_bytes(pid: int) -> int:
    """The memory of the process and its children."""
    return sum(int(fields[_RESIDENT]) for fields in _family(pid)) * _PAGE_BYTES


async def wait_until_idle(*pids: int, seconds: float) -> None:
    """Return once the processes have done what was asked of them, or after so many seconds."""
    deadline = time.monotonic() + seconds
    before, quiet = -1.0, 0
    while quiet < _QUIET_POLLS and time.monotonic() < deadline:
        await asyncio.sleep(_POLL_SECONDS)
        spent = sum(map(processor_seconds, pids))
        quiet, before = (quiet + 1 if spent == before else 0), spent


def _family(pid: int) -> Iterator[list[str]]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except (FileNotFoundError, ProcessLookupError):
        return
    # The name in parentheses may hold anything.
    yield text.rpartition(")")[2].split()
    for child in children:
        yield from _family(child)
