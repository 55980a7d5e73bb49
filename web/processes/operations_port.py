"""The port for operators: metrics and, of processes that serve nothing else, probes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.settings import Settings
from infra.telemetry.telemetry import Telemetry, open_telemetry
from web.http.health import HealthEndpoints
from web.http.metrics import metrics_response
from web.server import WebServer, listening_socket, server_config

Expose = Callable[[], Awaitable[bytes]]


@asynccontextmanager
async def operations_served(
    settings: Settings, expose: Expose, *, health: HealthEndpoints | None = None
) -> AsyncIterator[None]:
    """TASKWIRE_METRICS_PORT served by this event loop while the context is open, if it is set."""
    if settings.metrics_port is None:
        yield
        return

    async def metrics(_request: Request) -> Response:
        return metrics_response(await expose())

    routes = [Route("/metrics", metrics), *(health.routes() if health is not None else [])]
    application = Starlette(routes=routes)
    with listening_socket(settings.host, settings.metrics_port) as listener:
        server = WebServer(server_config(application, settings), drain=_nothing)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def process_telemetry(
    settings: Settings, role: str, health: HealthEndpoints
) -> AsyncIterator[Telemetry]:
    """The telemetry of a process without a web server, served and kept up to date."""
    async with (
        open_telemetry(settings, role) as telemetry,
        operations_served(settings, telemetry.exposed, health=health),
    ):
        watching = asyncio.create_task(health.watch())
        try:
            yield telemetry
        finally:
            watching.cancel()
            await asyncio.wait({watching})


async def _nothing() -> None:
    """These connections need no farewell."""
