"""A TCP proxy that drops its connections when it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

_CHUNK_BYTES = 65_536


class DroppingProxy:
    """Passes bytes on between its clients and one server, while it is up."""

    def __init__(self, server_url: str) -> None:
        parts = urlsplit(server_url)
        assert parts.hostname is not None
        assert parts.port is not None
        self._server = (parts.hostname, parts.port)
        self._writers: set[asyncio.StreamWriter] = set()
        self._is_up = True
        self.url = ""
        # How many connections were accepted while it was up.
        self.accepted = 0

    def drop(self) -> None:
        """Reset every connection, and each new one until `restore`."""
        self._is_up = False
        for writer in self._writers:
            writer.transport.abort()

    def restore(self) -> None:
        """Pass on what comes from now on."""
        self._is_up = True

    @asynccontextmanager
    async def running(self) -> AsyncIterator["DroppingProxy"]:
        """Listen on a port of its own."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()[:2]
        self.url = f"http://{host}:{port}"
        async with server:
            try:
                yield self
            finally:
                self.drop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._is_up:
            writer.transport.abort()
            return
        self.accepted += 1
        upstream_reader, upstream_writer = await asyncio.open_connection(*self._server)
        pair = {writer, upstream_writer}
        self._writers |= pair
        try:
            await asyncio.gather(
                _pass_on(reader, upstream_writer), _pass_on(upstream_reader, writer)
            )
        finally:
            self._writers -= pair


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    # Either side may be gone at any time; that is what this proxy is for.
    with suppress(ConnectionError):
        while chunk := await reader.read(_CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    writer.transport.abort()
