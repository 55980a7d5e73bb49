"""One web process that is stopped as Kubernetes stops a pod."""

import asyncio
import os
import sys
from pathlib import Path

from infra.settings import Settings, variables_of

_STOP_SECONDS = 30.0


class WebProcess:
    """`taskwire serve` from a folder with the sources."""

    def __init__(self, settings: Settings, *, sources: Path, log_path: Path) -> None:
        self._settings = settings
        self._sources = sources
        self._log_path = log_path
        self._process: asyncio.subprocess.Process | None = None

    @property
    def port(self) -> int:
        return self._settings.port

    async def start(self, *, sources: Path | None = None) -> None:
        """Start it, from other sources if so told."""
        self._sources = sources or self._sources
        with self._log_path.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                "from web.cli import main; main()",
                "serve",
                cwd=self._sources,
                # Before the installed checkout, so that older sources are what runs.
                env={
                    **os.environ,
                    **variables_of(self._settings),
                    "PYTHONPATH": str(self._sources),
                },
                stderr=log,
            )

    async def stop(self) -> int:
        """SIGTERM, and the exit status. Killed when it does not end."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.terminate()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                return await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
            raise
