"""uvicorn's HTTP protocol with a bound it lacks."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class HttpProtocol(HttpToolsProtocol):
    """Drops a client that does not read, instead of keeping its answer for ever."""

    # Longer than a phone is out of reach in a tunnel.
    stalled_seconds = 90.0
    _abortion: asyncio.TimerHandle | None = None

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
