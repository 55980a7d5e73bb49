"""uvicorn, set up for many idle websockets and a polite end."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from infra.settings import Settings
from web.http.protocol import HttpProtocol
from web.websocket.keepalive import Keepalive
from web.websocket.protocol import WebsocketProtocol

# Proxies cut idle sockets at 60 s; a ping well before that keeps them open.
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
    """How the application is served, inside of its lifespan."""
    websockets = partial(WebsocketProtocol, keepalive=Keepalive(seconds=_PING_SECONDS))
    return uvicorn.Config(
        application,
        http=HttpProtocol,
        # Sans I/O: 16 µs a message, and two thirds of the older implementation's memory.
        ws=cast("type[asyncio.Protocol]", websockets),
        ws_max_size=settings.max_body_bytes,
        # Compressing a copy for each of thousands of sockets costs more than it saves.
        ws_per_message_deflate=False,
        # Its owner holds the lifespan: a failure there must end the process, not one task.
        lifespan="off",
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


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that listens there; OSError when it can't."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol spelled out, asyncio turns Nagle's delay off; without, every second
    # message in a row waits 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise OSError(error.errno, error.strerror, f"{host}:{port}") from error
    return listener
