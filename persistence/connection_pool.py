"""Connections straight through asyncpg, for reads and for units of work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter_ns
from typing import TYPE_CHECKING, Final, TypeAlias

import asyncpg

from domain.errors import Unavailable
from persistence.availability import STATEMENT_FAILURES
from persistence.observation import UNOBSERVED, StatementObserver
from persistence.server_settings import (
    BY_KEY_SETTINGS,
    CONNECT_TIMEOUT_SECONDS,
    POOL_TIMEOUT_SECONDS,
    STATEMENT_TIMEOUT_MS,
)
from persistence.turns import Turns

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]

# The server gives up first and says so; this is for a server that says nothing at all.
_COMMAND_TIMEOUT_SECONDS: Final = STATEMENT_TIMEOUT_MS / 1000 + 1
# The shapes of statements that one connection keeps prepared.
_PREPARED_STATEMENTS: Final = 200


class ConnectionPool:
    """Up to `size` connections to one Postgres, the primary or a replica, made as needed.

    asyncpg's own pool resets a connection after each use, which costs a round trip and a
    task. Here whoever takes a connection leaves it as it was, or discards it.
    """

    def __init__(self, database_url: str, *, size: int = 10) -> None:
        self._url = database_url
        self._turns = Turns(size)
        # The one used last comes first: its statements are prepared and the others may idle.
        self._idle: list[Connection] = []
        self._is_closed = False
        self.observers: tuple[Callable[[str], object], ...] = ()
        # Who measures; the observers above count.
        self.telemetry: StatementObserver = UNOBSERVED

    @property
    def used_count(self) -> int:
        """How many connections somebody has."""
        return self._turns.taken_count

    @property
    def idle_count(self) -> int:
        """How many connections wait for somebody."""
        return len(self._idle)

    async def take(self) -> "Connection":
        """A connection for the caller alone, to be given back or discarded.

        Raises Unavailable once the pool is closed, TimeoutError when none gets free in
        time, and what asyncpg raises when the server can't be reached.
        """
        asked_ns = perf_counter_ns()
        if not self._turns.take_at_once():
            await self._turns.take(seconds=POOL_TIMEOUT_SECONDS)
        try:
            connection = await self._connection()
        except BaseException:
            self._turns.give_back()
            raise
        self.telemetry.waited(perf_counter_ns() - asked_ns)
        return connection

    def give_back(self, connection: "Connection") -> None:
        """Keep the connection for the next one, unless it was closed meanwhile."""
        self._turns.give_back()
        if self._is_closed:
            connection.terminate()
        elif not connection.is_closed():
            self._idle.append(connection)

    def discard(self, connection: "Connection") -> None:
        """Close a connection of which it is not known what it would answer next."""
        self._turns.give_back()
        connection.terminate()

    @contextmanager
    def observed_by(self, observe: Callable[[str], object]) -> Iterator[None]:
        """Call `observe` with the SQL of each statement that is run inside the block."""
        self.observers = (*self.observers, observe)
        try:
            yield
        finally:
            self.observers = tuple(kept for kept in self.observers if kept is not observe)

    async def close(self) -> None:
        """Close every connection; one that is in use is closed when it is given back."""
        self._is_closed = True
        while self._idle:
            connection = self._idle.pop()
            try:
                await connection.close(timeout=CONNECT_TIMEOUT_SECONDS)
            except STATEMENT_FAILURES:
                connection.terminate()

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
            server_settings=BY_KEY_SETTINGS,
        )
