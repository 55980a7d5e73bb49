"""The web server as several workers on one socket, and their parent.

The parent keeps them and tells their metrics. It imports nothing of what they serve.
"""

import asyncio
import logging
import os
import socket
import sys
import tempfile
from pathlib import Path
from typing import Final

from prometheus_client.multiprocess import mark_process_dead

from infra.backoff import Backoff
from infra.settings import Settings, variables_of
from infra.telemetry.exposition import MULTIPROCESS_DIRECTORY_VARIABLE, expose
from web.processes.lifecycle import grace_seconds
from web.processes.operations_port import operations_served
from web.server import listening_socket

_LOG = logging.getLogger(__name__)

# What workers get less than the process's grace, so that they end in order before it gives up.
_BEFORE_THE_END_SECONDS: Final = 1.0
# A worker that has run for so long has no fault from its start.
_STEADY_SECONDS: Final = 10.0


async def run(settings: Settings) -> None:
    """Keep the workers until cancelled."""
    with listening_socket(settings.host, settings.port) as listener:
        await _run_workers(settings, listener)


async def _run_workers(settings: Settings, listener: socket.socket) -> None:
    # The workers' metrics are added up from files.
    with tempfile.TemporaryDirectory(prefix="taskwire-metrics-") as directory:
        os.environ[MULTIPROCESS_DIRECTORY_VARIABLE] = directory
        async with operations_served(settings, _exposed), asyncio.TaskGroup() as workers:
            for number in range(1, settings.web_workers + 1):
                workers.create_task(_keep_worker(number, settings, listener.fileno()))


async def _exposed() -> bytes:
    return await asyncio.to_thread(expose, "web")


async def _keep_worker(number: int, settings: Settings, descriptor: int) -> None:
    """Run a worker until cancelled, and another when it dies."""
    backoff = Backoff(first=0.5, longest=_STEADY_SECONDS)
    while True:
        started_at = asyncio.get_running_loop().time()
        status = await _run_worker(settings, descriptor)
        _LOG.error("web worker %d ended with status %d; starting another", number, status)
        if asyncio.get_running_loop().time() - started_at > _STEADY_SECONDS:
            backoff.reset()
        await backoff.sleep()


async def _run_worker(settings: Settings, descriptor: int) -> int:
    """Run one worker to its end; return its exit status."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "web.processes.web_worker",
        str(descriptor),
        # Closed by the system when this process ends, however it does; the worker then ends too.
        stdin=asyncio.subprocess.PIPE,
        pass_fds=[descriptor],
        env={**os.environ, **variables_of(settings)},
        cwd=Path(__file__).parents[2],
    )
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            await _stop(process, grace_seconds(settings) - _BEFORE_THE_END_SECONDS)
        # What it was doing at the time no longer counts.
        mark_process_dead(process.pid)  # type: ignore[no-untyped-call]


async def _stop(process: asyncio.subprocess.Process, seconds: float) -> None:
    process.terminate()
    try:
        async with asyncio.timeout(seconds):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
