"""Taskwire's own processes as children, to be killed in the middle of their work."""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.settings import Settings, variables_of

_ROOT = Path(__file__).parents[2]


class TaskwireProcess:
    """`taskwire NAME` with the settings; what it says goes to the log file."""

    def __init__(self, name: str, settings: Settings, log_path: Path) -> None:
        self._name = name
        self._settings = settings
        self._log_path = log_path
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self._log_path.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                "from web.cli import main; main()",
                self._name,
                cwd=_ROOT,
                env=os.environ | variables_of(self._settings),
                stderr=log,
            )

    async def kill(self) -> None:
        """End it as a crash would."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def restart(self) -> None:
        """Kill it and start it again."""
        await self.kill()
        await self.start()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.kill()
