"""uvicorn, set up for many idle websockets and a polite end."""

import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from infra.settings import Settings

# Proxies cut idle sockets at 60 s; a ping well before that keeps them open,
# and a peer that is gone is noticed within two of them.
_PING_SECONDS = 20.0
# Longer than a load balancer keeps an idle connection, or it would use one just closed.
_KEEP_ALIVE_SECONDS = 75
# What requests in flight get to end.
_GRACEFUL_SECONDS = 4
_BACKLOG = 2048


class WebServer(uvicorn.Server):
    """A server that leaves signals to its owner and sends its websockets away before it ends."""

    def __init__(self, config: uvicorn.Config, *, drain: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._drain = drain

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none: cancelling the process's work is how it is stopped."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain, then let requests in flight end."""
        await self._drain()
        await super().shutdown(sockets)


def server_config(application: ASGIApp, settings: Settings) -> uvicorn.Config:
    """How the application is served."""
    return uvicorn.Config(
        application,
        http="httptools",
        # 16 µs a message, and half the memory of the older implementation.
        ws="websockets-sansio",
        ws_max_size=settings.max_body_bytes,
        ws_ping_interval=_PING_SECONDS,
        ws_ping_timeout=_PING_SECONDS,
        # Compressing a copy for each of thousands of sockets costs more than it saves.
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        # Below that it tells of every websocket that comes.
        log_level="warning",
        access_log=False,
        server_header=False,
        # Only from the addresses in FORWARDED_ALLOW_IPS, which is loopback unless set.
        proxy_headers=True,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACEFUL_SECONDS,
    )


def listening_socket(settings: Settings) -> socket.socket:
    """A socket that listens where the settings say; OSError when it can't."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    return socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)
