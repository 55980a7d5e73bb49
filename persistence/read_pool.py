"""Connections for reads, straight through asyncpg: no transaction, no object per row or pool."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeAlias

import asyncpg

from domain.errors import Unavailable
from persistence.availability import STATEMENT_FAILURES, is_our_own_fault, unavailable
from persistence.compiled_reads import CompiledRead
from persistence.server_settings import (
    CONNECT_TIMEOUT_SECONDS,
    POOL_TIMEOUT_SECONDS,
    SERVER_SETTINGS,
    STATEMENT_TIMEOUT_MS,
)

if TYPE_CHECKING:
    Record: TypeAlias = asyncpg.Record
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]

# The server gives up first and says so; this is for a server that says nothing at all.
_COMMAND_TIMEOUT_SECONDS: Final = STATEMENT_TIMEOUT_MS / 1000 + 1
# The shapes of reads that one connection keeps prepared.
_PREPARED_STATEMENTS: Final = 200


class ReadPool:
    """Up to `size` connections to one Postgres, the primary or a replica, made as needed.

    Each read is a statement of its own and sees what had been committed when it began.
    asyncpg's own pool resets a connection after each use, which costs a round trip and a
    task; reads leave nothing behind. Raises Unavailable while the server can't be reached,
    and connects again by itself.
    """

    def __init__(self, database_url: str, *, size: int = 10) -> None:
        self._url = database_url
        self._free = asyncio.Semaphore(size)
        # The one used last comes first: its statements are prepared and the others may idle.
        self._idle: list[Connection] = []
        self._is_closed = False
        self._observers: tuple[Callable[[str], object], ...] = ()

    async def fetch(
        self, read: CompiledRead, parameters: Mapping[str, object]
    ) -> Sequence["Record"]:
        """The rows of one read, on a connection that nobody else uses meanwhile."""
        sql = read.sql
        for observe in self._observers:
            observe(sql)
        try:
            await self._wait_for_turn()
            try:
                return await self._fetch(sql, read.arguments(parameters))
            finally:
                self._free.release()
        except STATEMENT_FAILURES as error:
            if is_our_own_fault(error):
                raise
            raise unavailable(error) from error

    @contextmanager
    def observed_by(self, observe: Callable[[str], object]) -> Iterator[None]:
        """Call `observe` with the SQL of each read that is run inside the block."""
        self._observers = (*self._observers, observe)
        try:
            yield
        finally:
            self._observers = tuple(kept for kept in self._observers if kept is not observe)

    async def close(self) -> None:
        """Close every connection; a read that still runs closes its own when it is done."""
        self._is_closed = True
        while self._idle:
            connection = self._idle.pop()
            try:
                await connection.close(timeout=CONNECT_TIMEOUT_SECONDS)
            except STATEMENT_FAILURES:
                connection.terminate()

    async def _wait_for_turn(self) -> None:
        if not self._free.locked():
            await self._free.acquire()
            return
        async with asyncio.timeout(POOL_TIMEOUT_SECONDS):
            await self._free.acquire()

    async def _fetch(self, sql: str, arguments: list[object]) -> Sequence["Record"]:
        connection = await self._connection()
        try:
            rows: Sequence[Record] = await connection.fetch(sql, *arguments)
        except asyncpg.PostgresError:
            # The server refused the statement; the connection is as good as before.
            self._put_back(connection)
            raise
        except BaseException:
            # Cancelled or cut off: what the connection would answer next is not known.
            connection.terminate()
            raise
        self._put_back(connection)
        return rows

    async def _connection(self) -> "Connection":
        if self._is_closed:
            raise Unavailable("The database was closed.")
        while self._idle:
            connection = self._idle.pop()
            # A server that restarts closes its connections while they idle.
            if not connection.is_closed():
                return connection
        return await asyncpg.connect(
            self._url,
            timeout=CONNECT_TIMEOUT_SECONDS,
            command_timeout=_COMMAND_TIMEOUT_SECONDS,
            statement_cache_size=_PREPARED_STATEMENTS,
            # Statements stay prepared: their number is bounded and their text is ours.
            max_cached_statement_lifetime=0,
            server_settings=SERVER_SETTINGS,
        )

    def _put_back(self, connection: "Connection") -> None:
        if self._is_closed:
            connection.terminate()
        elif not connection.is_closed():
            self._idle.append(connection)
