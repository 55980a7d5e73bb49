"""The processes that hold the sockets and make the changes, and what is said to them."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

SERVER_CORE: Final = 0
OTHER_CORE: Final = 1
_ANSWER_SECONDS: Final = 900.0
# More input than this at once does not fit a pipe; the child reads it as it comes.
_LINE_BYTES: Final = 2**30


class Helper:
    """A process of this package that takes commands as lines of JSON."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def tell(self, command: Mapping[str, Any]) -> None:
        """Send it a command."""
        if self._process.stdin is not None:
            self._process.stdin.write(json.dumps(command).encode() + b"\n")

    async def ask(self, command: Mapping[str, Any]) -> Mapping[str, Any]:
        """Its answer to a command."""
        self.tell(command)
        if self._process.stdout is None:
            raise RuntimeError("the process has no output")
        async with asyncio.timeout(_ANSWER_SECONDS):
            line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"it ended instead of doing {command['do']!r}")
        answer: Mapping[str, Any] = json.loads(line)
        return answer


@asynccontextmanager
async def helper(module: str) -> AsyncIterator[Helper]:
    """A process of this package, which ends when its input does."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"tests.performance.fanout.{module}",
        stdin=PIPE,
        stdout=PIPE,
        limit=_LINE_BYTES,
    )
    pin(process.pid, OTHER_CORE)
    try:
        yield Helper(process)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        async with asyncio.timeout(_ANSWER_SECONDS):
            await process.wait()


def pin(pid: int, core: int) -> None:
    """Keep the process, as many threads as it has now, to the core."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})
