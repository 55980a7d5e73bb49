"""TLS in front of the servers of the embedded stack, none of which was built with it."""

import asyncio
import contextlib
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from infra.embedded.ports import LOOPBACK

# PostgreSQL's SSLRequest: its length, and a number that is no version of the protocol.
_SSL_REQUEST = struct.pack(">ii", 8, 80_877_103)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A client's connection, and the one to the server behind that was made for it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    server_reader: asyncio.StreamReader
    server_writer: asyncio.StreamWriter


Admission = Callable[[Visit], Awaitable[bool]]


async def everybody(_visit: Visit) -> bool:
    """Let every client through."""
    return True


def after_ssl_request(context: ssl.SSLContext) -> Admission:
    """Let through whoever asks for TLS the way PostgreSQL's clients do, and nobody else."""

    async def admit(visit: Visit) -> bool:
        if await visit.reader.readexactly(len(_SSL_REQUEST)) != _SSL_REQUEST:
            return False
        visit.writer.write(b"S")
        await visit.writer.start_tls(context)
        return True

    return admit


@asynccontextmanager
async def front_door(
    behind: int,
    *,
    port: int = 0,
    context: ssl.SSLContext | None = None,
    admit: Admission = everybody,
) -> AsyncIterator[int]:
    """The port of a door to the port behind. With a context, it speaks TLS from the first byte."""
    visits: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        visits.add(task)
        task.add_done_callback(visits.discard)
        # Clients leave as they please, at times in the middle of their greeting.
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await _serve(reader, writer, behind, admit)
        writer.close()

    server = await asyncio.start_server(serve, LOOPBACK, port, ssl=context)
    async with server:
        yield int(server.sockets[0].getsockname()[1])
        server.close()
        for visit in visits:
            visit.cancel()
        if visits:
            await asyncio.wait(visits, timeout=10)


async def _serve(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, behind: int, admit: Admission
) -> None:
    server_reader, server_writer = await asyncio.open_connection(LOOPBACK, behind)
    try:
        visit = Visit(
            reader=reader, writer=writer, server_reader=server_reader, server_writer=server_writer
        )
        if await admit(visit):
            ways = (_copy(reader, server_writer), _copy(server_reader, writer))
            copying = [asyncio.create_task(way) for way in ways]
            try:
                await asyncio.wait(copying, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in copying:
                    task.cancel()
                await asyncio.wait(copying)
    finally:
        server_writer.close()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65_536):
            target.write(data)
            await target.drain()
