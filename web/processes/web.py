"""The web server in one process."""

import asyncio
import logging
import socket
from typing import Final

from starlette.applications import Starlette

from infra.settings import Settings
from infra.telemetry.telemetry import Telemetry
from web.bootstrap import create_application
from web.http.event_stream_server import GraphQLOverEventStream
from web.http.health import HealthEndpoints
from web.processes import garbage_collection
from web.processes.operations_port import operations_served
from web.server import WebServer, listening_socket, server_config
from web.websocket.server import GraphQLOverWebsocket

_LOG = logging.getLogger(__name__)

_NO_PORT: Final = {"metrics_port": None}


async def run(settings: Settings) -> None:
    """Serve until cancelled."""
    with listening_socket(settings.host, settings.port) as listener:
        await serve(settings, listener, has_operations_port=True)


async def serve(
    settings: Settings,
    listener: socket.socket,
    *,
    application: Starlette | None = None,
    has_operations_port: bool = False,
) -> None:
    """Serve on the socket in this process until cancelled, then give notice and drain."""
    application = application or create_application(settings)

    async def exposed() -> bytes:
        telemetry: Telemetry = application.state.telemetry
        return await telemetry.exposed()

    async def drain() -> None:
        health: HealthEndpoints = application.state.health
        health.begin_draining()
        await asyncio.sleep(settings.drain_notice_seconds)
        websockets: GraphQLOverWebsocket = application.state.websockets
        streams: GraphQLOverEventStream = application.state.event_streams
        await asyncio.gather(
            websockets.drain(spread_seconds=settings.drain_seconds),
            streams.drain(spread_seconds=settings.drain_seconds),
        )

    # The workers of one server have no port each: their parent tells of all.
    operations = settings if has_operations_port else settings.model_copy(update=_NO_PORT)
    async with (
        application.router.lifespan_context(application),
        operations_served(operations, exposed),
    ):
        server = WebServer(server_config(application, settings), drain=drain)
        garbage_collection.settle()
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        _LOG.info("listening on %s port %d", *listener.getsockname()[:2])
        try:
            await asyncio.shield(serving)
        finally:
            server.should_exit = True
            await serving
