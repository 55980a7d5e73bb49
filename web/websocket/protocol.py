"""uvicorn's websocket protocol, for tens of thousands that are mostly quiet."""

from typing import Any, Final

from websockets.http11 import Request

from web.websocket.bounded_frames import BoundedFrames
from web.websocket.frames import EMPTY_PING, ends_with_a_frame, is_empty_pong
from web.websocket.keepalive import Keepalive
from web.websocket.wire import WIRE_EXTENSION, Wire

# What one client that reads nothing holds here before frames wait in their own queue.
_WRITE_BUFFER_BYTES: Final = 32 * 1024
# A client that is suspended for a minute answers late and is served on from the log; one that
# is gone costs little until then.
_SILENT_PINGS_MAX: Final = 5


class WebsocketProtocol(BoundedFrames):
    """uvicorn's protocol, which else waits for ever to flush to a client that reads nothing.

    In its scope it offers a `web.websocket.wire.Wire`: a frame that goes to thousands of
    clients is made once and written to each without a task. Pings are one constant frame,
    and their answers are told by their bytes: through uvicorn's timers and the parser they
    took a tenth of a core for 15,000 quiet sockets.
    """

    linger_seconds = 10.0
    # Pings since anything was heard.
    _silent_pings = 0
    # Whether what comes next begins with a frame. Only then a pong can be told by its bytes.
    _is_in_step = False
    _early_chunks = 0
    _slot: int | None = None
    _wire: Wire | None = None

    def __init__(self, *arguments: Any, keepalive: Keepalive, **named: Any) -> None:  # noqa: ANN401 - uvicorn's
        super().__init__(*arguments, **named)
        self._keepalive = keepalive

    def handle_connect(self, event: Request) -> None:
        """Begin to serve a websocket."""
        super().handle_connect(event)
        if not self.close_sent:
            self.transport.set_write_buffer_limits(high=_WRITE_BUFFER_BYTES)
            extensions: dict[str, object] = self.scope["extensions"]  # type: ignore[assignment]
            extensions[WIRE_EXTENSION] = self._wire = Wire(self.transport)

    def data_received(self, data: bytes) -> None:
        """Take what the client sends."""
        self._silent_pings = 0
        if self._is_in_step:
            if is_empty_pong(data):
                return
            self._is_in_step = ends_with_a_frame(data)
        elif not self.handshake_complete:
            self._early_chunks += 1
        super().data_received(data)

    def start_keepalive(self) -> None:
        """Begin the pings of an accepted websocket, and let go of its handshake."""
        self._slot = self._keepalive.add(self)
        # Unless more than the request has come: a client that did not wait may be within a frame.
        self._is_in_step = self._early_chunks == 1
        # Tens of thousands of them, none of which is looked at again.
        del self.request, self.response

    def stop_keepalive(self) -> None:
        """End the pings."""
        if self._slot is not None:
            self._keepalive.remove(self, self._slot)
            self._slot = None

    def ping(self) -> None:
        """Send a ping, or close: nothing has been heard for too long."""
        if self.close_sent or self.transport.is_closing():
            self.stop_keepalive()
        elif self._silent_pings >= _SILENT_PINGS_MAX:
            self.stop_keepalive()
            self.keepalive_timeout()
            # What is left of it will hardly be read.
            self.loop.call_later(self.linger_seconds, self.transport.abort)
        else:
            self._silent_pings += 1
            # Those who read nothing get none: pings would pile up.
            if self._wire is not None:
                self._wire.write_if_writable(EMPTY_PING)

    def pause_writing(self) -> None:
        """Make writers wait."""
        super().pause_writing()
        if self._wire is not None:
            self._wire.is_congested = True

    def resume_writing(self) -> None:
        """Let writers go on."""
        super().resume_writing()
        if self._wire is not None:
            self._wire.is_congested = False
            if self._wire.on_writable is not None:
                self._wire.on_writable()

    async def run_asgi(self) -> None:
        """Serve the websocket, and drop what is left of it some time after."""
        await super().run_asgi()
        self.loop.call_later(self.linger_seconds, self.transport.abort)
