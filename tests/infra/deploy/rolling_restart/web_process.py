"""One web process that is stopped as Kubernetes stops a pod."""

import asyncio
import os
import sys
from pathlib import Path

import httpx

from infra.settings import Settings, variables_of

_START_SECONDS = 240.0
_STOP_SECONDS = 60.0


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

    async def wait_until_ready(self) -> None:
        """Wait until it serves: HAProxy may not have noticed yet that it was away."""
        async with (
            asyncio.timeout(_START_SECONDS),
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", trust_env=False) as client,
        ):
            while not await _is_ready(client):  # noqa: ASYNC110 - another process has no event
                await asyncio.sleep(0.1)

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


async def _is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
