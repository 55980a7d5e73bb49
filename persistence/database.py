"""Connections to Postgres, with an owner that closes them."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import asyncpg
import orjson
from sqlalchemy import Executable, Row, event, text

from persistence.availability import answering
from persistence.compiled_statements import CompiledStatement
from persistence.connection_pool import ConnectionPool
from persistence.held_projects import HeldProjects
from persistence.read_pool import ReadPool
from persistence.replica import ReplicaReads
from persistence.server_settings import (
    CONNECT_TIMEOUT_SECONDS,
    POOL_TIMEOUT_SECONDS,
    SERVER_SETTINGS,
)

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_ANSWER: Final = CompiledStatement(text("SELECT 1"))


class Database:
    """Connections to one Postgres.

    `connections` serve reads and units of work, up to `pool_size` of them. What is rare goes
    through SQLAlchemy's engine, which has as many of its own and is made for whoever asks first:
    the web server never does. `replica` reads from a copy that may lag behind.

    Raises `domain.errors.Unavailable` while the server can't be reached or does not answer.
    """

    def __init__(self, database_url: str, *, pool_size: int = 10, replica_url: str = "") -> None:
        self._url = database_url
        self._pool_size = pool_size
        self._engine: AsyncEngine | None = None
        self.connections = ConnectionPool(database_url, size=pool_size)
        self.reads = ReadPool(self.connections)
        # By its units of work.
        self.held_projects = HeldProjects()
        # None where there is no replica.
        self.replica: ReplicaReads | None = None
        if replica_url:
            replica = ConnectionPool(replica_url, size=pool_size)
            self.replica = ReplicaReads(replica, primary=self.reads)
        # Of its own: a database is not away when all the others are busy.
        self._probe = ReadPool(ConnectionPool(database_url, size=1))

    @property
    def engine(self) -> "AsyncEngine":
        """SQLAlchemy's engine, for what is too rare to be a `CompiledStatement`."""
        if self._engine is None:
            # With it comes all of SQLAlchemy's ORM, a tenth of what a web process imports.
            from persistence.engines import engine_for  # noqa: PLC0415 - see above

            self._engine = engine_for(
                self._url,
                server_settings=SERVER_SETTINGS,
                pool_size=self._pool_size,
                max_overflow=0,
                pool_timeout=POOL_TIMEOUT_SECONDS,
                pool_pre_ping=False,
                json_serializer=lambda value: orjson.dumps(value).decode(),
                json_deserializer=orjson.loads,
            )
        return self._engine

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        # Each is closed even when another fails to.
        async with AsyncExitStack() as steps:
            steps.push_async_callback(self.reads.close)
            steps.push_async_callback(self._probe.close)
            if self.replica is not None:
                steps.push_async_callback(self.replica.close)
            if self._engine is not None:
                steps.push_async_callback(self._engine.dispose)

    async def check(self) -> None:
        """Raise unless the server answers."""
        await self._probe.fetch(_ANSWER, {})

    async def fetch(
        self, statement: Executable, parameters: dict[str, object] | None = None
    ) -> Sequence[Row[Any]]:
        """The rows of a statement that is run too rarely to be a `CompiledStatement`."""
        async with answering(None), self.engine.connect() as connection:
            return (await connection.execute(statement, parameters)).all()

    @asynccontextmanager
    async def transaction(self) -> "AsyncIterator[AsyncConnection]":
        """A connection in a transaction that commits unless the block raises."""
        async with answering(None), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def observed_by(self, observe: Callable[[str], object]) -> Iterator[None]:
        """Call `observe` with the SQL of everything that is run inside the block."""
        engine = self.engine.sync_engine

        def observe_cursor(_connection: object, _cursor: object, sql: str, *_rest: object) -> None:
            observe(sql)

        event.listen(engine, "before_cursor_execute", observe_cursor)
        try:
            with self.connections.observed_by(observe):
                yield
        finally:
            event.remove(engine, "before_cursor_execute", observe_cursor)

    @asynccontextmanager
    async def listener(self) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
        """A connection outside the pool, for LISTEN."""
        connection = await asyncpg.connect(self._url, timeout=CONNECT_TIMEOUT_SECONDS)
        try:
            yield connection
        finally:
            await connection.close(timeout=CONNECT_TIMEOUT_SECONDS)
