"""The web server: one process, or several workers on one socket."""

import asyncio
import logging
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from prometheus_client import start_http_server
from prometheus_client.multiprocess import mark_process_dead
from starlette.applications import Starlette

from infra.backoff import Backoff
from infra.settings import Settings, variables_of
from web.bootstrap import create_application
from web.http.event_stream_server import GraphQLOverEventStream
from web.http.metrics import MULTIPROCESS_DIRECTORY_VARIABLE, metrics_registry
from web.processes import garbage_collection
from web.processes.lifecycle import grace_seconds
from web.server import WebServer, listening_socket, server_config
from web.websocket.server import GraphQLOverWebsocket

_LOG = logging.getLogger(__name__)

# What workers get less than the process's grace, so that they end in order before it gives up.
_BEFORE_THE_END_SECONDS: Final = 1.0
# A worker that has run for so long has no fault from its start.
_STEADY_SECONDS: Final = 10.0


async def run(settings: Settings) -> None:
    """Serve until cancelled."""
    with listening_socket(settings.host, settings.port) as listener:
        if settings.web_workers == 1:
            with _metrics_served(settings):
                await serve(settings, listener)
        else:
            await _run_workers(settings, listener)


async def serve(
    settings: Settings, listener: socket.socket, *, application: Starlette | None = None
) -> None:
    """Serve on the socket in this process until cancelled, then drain."""
    application = application or create_application(settings)

    async def drain() -> None:
        websockets: GraphQLOverWebsocket = application.state.websockets
        streams: GraphQLOverEventStream = application.state.event_streams
        await asyncio.gather(
            websockets.drain(spread_seconds=settings.drain_seconds),
            streams.drain(spread_seconds=settings.drain_seconds),
        )

    async with application.router.lifespan_context(application):
        server = WebServer(server_config(application, settings), drain=drain)
        garbage_collection.settle()
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        _LOG.info("listening on %s port %d", *listener.getsockname()[:2])
        try:
            await asyncio.shield(serving)
        finally:
            server.should_exit = True
            await serving


async def _run_workers(settings: Settings, listener: socket.socket) -> None:
    # The workers' metrics are added up from files.
    with tempfile.TemporaryDirectory(prefix="taskwire-metrics-") as directory:
        os.environ[MULTIPROCESS_DIRECTORY_VARIABLE] = directory
        with _metrics_served(settings):
            async with asyncio.TaskGroup() as workers:
                for number in range(1, settings.web_workers + 1):
                    workers.create_task(_keep_worker(number, settings, listener.fileno()))


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


@contextmanager
def _metrics_served(settings: Settings) -> Iterator[None]:
    """Prometheus's endpoint on a port of its own, if there is to be one."""
    if settings.metrics_port is None:
        yield
        return
    server, thread = start_http_server(
        settings.metrics_port, addr=settings.host, registry=metrics_registry()
    )
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
