"""The whole application behind a real socket, in this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from infra.settings import Settings
from web.bootstrap import create_application
from web.server import WebServer, listening_socket, server_config


@asynccontextmanager
async def served_application(settings: Settings) -> AsyncIterator[str]:
    """Its host and port; sockets are sent away at once at the end."""
    application = create_application(settings)

    async def drain() -> None:
        await application.state.websockets.drain(spread_seconds=0)

    with listening_socket("127.0.0.1", 0) as listener:
        async with application.router.lifespan_context(application):
            server = WebServer(server_config(application, settings), drain=drain)
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                yield f"127.0.0.1:{listener.getsockname()[1]}"
            finally:
                server.should_exit = True
                await serving
