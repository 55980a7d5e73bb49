"""A TCP proxy in front of one server, which can make the network between bad."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from infra.embedded.ports import LOOPBACK

_CHUNK_BYTES: Final = 64 * 1024
# Past the length: the key of the API, of which 0 is Produce.
_LENGTH_BYTES: Final = 4
_KEY_BYTES: Final = 2
_PRODUCE: Final = b"\x00\x00"


class Link:
    """Forwards every connection to the port behind it. What is wrong with it, is wrong at once.

    `delay_seconds` holds up each chunk, so it narrows the line as well.
    """

    def __init__(self, target_port: int, *, port: int = 0) -> None:
        self._target_port = target_port
        self._wanted_port = port
        self._server: asyncio.Server | None = None
        self._passages: set[_Passage] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self.delay_seconds = 0.0
        self.is_refusing = False
        self.has_full_disk = False

    @property
    def port(self) -> int:
        """Where clients connect to."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, self._wanted_port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        tasks = [passage.task for passage in self._passages]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def stall(self) -> None:
        """Hold every byte back, of new connections as well."""
        self._flows.clear()

    def flow(self) -> None:
        """Let bytes pass again."""
        self._flows.set()

    def cut(self) -> None:
        """Reset the connections there are."""
        for passage in list(self._passages):
            passage.abort()

    def silence(self) -> Callable[[], None]:
        """Make the present connections half-open: they stay, and nothing comes → to end them.

        New connections work.
        """
        silent = list(self._passages)
        for passage in silent:
            passage.is_silent = True

        def end() -> None:
            for passage in silent:
                passage.abort()

        return end

    async def pass_through(self) -> None:
        """Return when the next chunk may go on."""
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        await self._flows.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_refusing:
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        passage = _Passage(self, task, reader, writer)
        self._passages.add(passage)
        try:
            await passage.forward(self._target_port)
        except asyncio.CancelledError:
            # Only the end of the link cancels; asyncio.Server would report it as an error.
            passage.abort()
        finally:
            self._passages.discard(passage)


class _Passage:
    """One connection and the one behind it."""

    def __init__(
        self,
        link: Link,
        task: asyncio.Task[None],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._link = link
        self.task = task
        self._reader = reader
        self._writers = [writer]
        self._requests = _KafkaRequests()
        self.is_silent = False

    def abort(self) -> None:
        """Reset both."""
        for writer in self._writers:
            writer.transport.abort()

    async def forward(self, port: int) -> None:
        """Return when both are closed."""
        try:
            back_reader, back_writer = await asyncio.open_connection(LOOPBACK, port)
        except OSError:
            self.abort()
            return
        [front_writer] = self._writers
        self._writers.append(back_writer)
        there = asyncio.create_task(self._pump(self._reader, back_writer, is_request=True))
        back = asyncio.create_task(self._pump(back_reader, front_writer, is_request=False))
        try:
            await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.abort()
            there.cancel()
            back.cancel()
            await asyncio.wait({there, back})

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_request: bool
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK_BYTES):
                await self._link.pass_through()
                has_produce = is_request and self._requests.have_produce(data)
                if has_produce and self._link.has_full_disk:
                    return
                if self.is_silent:
                    continue
                writer.write(data)
                await writer.drain()


class _KafkaRequests:
    """Tells requests to produce apart in a client's stream of bytes."""

    def __init__(self) -> None:
        self._header = bytearray()
        self._body_bytes_left = 0

    def have_produce(self, data: bytes) -> bool:
        """Whether a Produce request begins in this chunk."""
        found = False
        while data:
            if self._body_bytes_left:
                passed = min(self._body_bytes_left, len(data))
                self._body_bytes_left -= passed
                data = data[passed:]
                continue
            missing = _LENGTH_BYTES + _KEY_BYTES - len(self._header)
            self._header += data[:missing]
            data = data[missing:]
            if len(self._header) == _LENGTH_BYTES + _KEY_BYTES:
                found = found or self._header[_LENGTH_BYTES:] == _PRODUCE
                length = int.from_bytes(self._header[:_LENGTH_BYTES], "big")
                self._body_bytes_left = max(0, length - _KEY_BYTES)
                self._header.clear()
        return found
