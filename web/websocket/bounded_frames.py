"""uvicorn's websocket protocol with bounds it lacks."""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame


class BoundedFrames(WebSocketsSansIOProtocol):
    """Keeps neither fragments nor pongs without an end."""

    # Of one message; clients send theirs in one or a few.
    fragments_max = 1_024

    def handle_cont(self, event: Frame) -> None:
        """Take one more fragment: empty ones would pass the limit of bytes without an end."""
        if self.close_sent:
            return
        if len(self.frames) < self.fragments_max:
            super().handle_cont(event)
            return
        self.frames = []
        self.conn.fail(CloseCode.MESSAGE_TOO_BIG, "too many fragments")
        self.handle_parser_exception()

    def handle_ping(self) -> None:
        """Answer, unless answers are not being read: they would pile up."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()
