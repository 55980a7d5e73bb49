"""uvicorn, set up for many idle websockets and a polite end."""

import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator

import uvicorn
from starlette.types import ASGIApp
from websockets.http11 import Request

from infra.settings import Settings
from web.http.protocol import HttpProtocol
from web.websocket.bounded_frames import BoundedFrames
from web.websocket.frames import FRAMES_EXTENSION

# Proxies cut idle sockets at 60 s; a ping well before that keeps them open.
_PING_SECONDS = 20.0
# A client that is suspended for a minute answers late and is served on from the log; one
# that is gone costs little until then.
_PONG_SECONDS = 90.0
# What one client that reads nothing holds here before frames wait in their own queue.
_WRITE_BUFFER_BYTES = 32 * 1024
# Longer than a load balancer keeps an idle connection, or it would use one just closed.
_KEEP_ALIVE_SECONDS = 75
# What requests in flight get to end.
_GRACEFUL_SECONDS = 4
_BACKLOG = 2048


class WebsocketProtocol(BoundedFrames):
    """uvicorn's protocol, which else waits for ever to flush to a client that reads nothing.

    In its scope it offers itself as a `web.websocket.frames.FrameSocket`: a frame that goes
    to thousands of clients is made once and written to each without a task.
    """

    linger_seconds = 10.0
    is_congested = False
    on_writable: Callable[[], None] | None = None

    def handle_connect(self, event: Request) -> None:
        """Begin to serve a websocket."""
        super().handle_connect(event)
        if not self.close_sent:
            self.transport.set_write_buffer_limits(high=_WRITE_BUFFER_BYTES)
            extensions: dict[str, object] = self.scope["extensions"]  # type: ignore[assignment]
            extensions[FRAMES_EXTENSION] = self

    def start_keepalive(self) -> None:
        """Begin the pings of an accepted websocket, and let go of its handshake."""
        super().start_keepalive()
        # Tens of thousands of them, none of which is looked at again.
        del self.request, self.response

    def write_frame(self, frame: bytes) -> None:
        """Write at once, or nothing once the websocket is closing."""
        if not (self.close_sent or self.disconnected or self.transport.is_closing()):
            self.transport.write(frame)

    def pause_writing(self) -> None:
        """Make writers wait."""
        super().pause_writing()
        self.is_congested = True

    def resume_writing(self) -> None:
        """Let writers go on."""
        super().resume_writing()
        self.is_congested = False
        if self.on_writable is not None:
            self.on_writable()

    async def run_asgi(self) -> None:
        """Serve the websocket, and drop what is left of it some time after."""
        await super().run_asgi()
        self.loop.call_later(self.linger_seconds, self.transport.abort)


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
    return uvicorn.Config(
        application,
        http=HttpProtocol,
        # Sans I/O: 16 µs a message, and two thirds of the older implementation's memory.
        ws=WebsocketProtocol,
        ws_max_size=settings.max_body_bytes,
        ws_ping_interval=_PING_SECONDS,
        ws_ping_timeout=_PONG_SECONDS,
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
