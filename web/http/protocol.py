"""uvicorn's HTTP protocol with a bound it lacks, and a packet for what it sends in two."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from web.http.joined_writes import JoinedWrites


class HttpProtocol(HttpToolsProtocol):
    """Drops a client that does not read, instead of keeping its answer for ever."""

    # Longer than a phone is out of reach in a tunnel.
    stalled_seconds = 90.0
    _abortion: asyncio.TimerHandle | None = None
    _joined: JoinedWrites

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection."""
        self._joined = JoinedWrites(transport, self.loop)
        super().connection_made(self._joined)

    def handle_websocket_upgrade(self) -> None:
        """Leave the connection as it came to the protocol of websockets."""
        self.transport = self._joined.plain
        super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        """Let senders wait, but not for ever."""
        super().pause_writing()
        self._abortion = self.loop.call_later(self.stalled_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Let senders go on."""
        super().resume_writing()
        self._keep()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._keep()
        super().connection_lost(exc)

    def _keep(self) -> None:
        if self._abortion is not None:
            self._abortion.cancel()
            self._abortion = None
