"""Connections to Postgres, with an owner that closes them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Final, Self

import asyncpg
import orjson
from sqlalchemy import Executable, Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from persistence.availability import answering

# A statement that takes longer is a fault; the client has long given up.
STATEMENT_TIMEOUT_MS: Final = 15_000
_CONNECT_TIMEOUT_SECONDS: Final = 5.0
_POOL_TIMEOUT_SECONDS: Final = 5.0


def sqlalchemy_url(database_url: str) -> str:
    """A `postgresql://` URL in the form that selects the asyncpg driver."""
    scheme, separator, rest = database_url.partition("://")
    if not separator or scheme not in ("postgresql", "postgres"):
        raise ValueError("the database URL must begin with postgresql://")
    return f"postgresql+asyncpg://{rest}"


class Database:
    """A pool of connections to one Postgres.

    Raises `domain.errors.Unavailable` while the server can't be reached or does not answer.
    """

    def __init__(self, database_url: str, *, pool_size: int = 10) -> None:
        self._url = database_url
        self.engine: AsyncEngine = create_async_engine(
            sqlalchemy_url(database_url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=_POOL_TIMEOUT_SECONDS,
            pool_pre_ping=False,
            json_serializer=lambda value: orjson.dumps(value).decode(),
            json_deserializer=orjson.loads,
            connect_args={
                "timeout": _CONNECT_TIMEOUT_SECONDS,
                "server_settings": {
                    "application_name": "taskwire",
                    "statement_timeout": str(STATEMENT_TIMEOUT_MS),
                    "idle_in_transaction_session_timeout": str(STATEMENT_TIMEOUT_MS),
                    "timezone": "UTC",
                    # Just-in-time compilation costs more than it saves on statements this short.
                    "jit": "off",
                },
            },
        )

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
        await self.engine.dispose()

    async def fetch(
        self, statement: Executable, parameters: dict[str, object] | None = None
    ) -> Sequence[Row[Any]]:
        """The rows of one read, on a connection of its own, so that siblings may run at once."""
        async with answering(None), self.engine.connect() as connection:
            return (await connection.execute(statement, parameters)).all()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction that commits unless the block raises."""
        async with answering(None), self.engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def listener(self) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
        """A connection outside the pool, for LISTEN."""
        connection = await asyncpg.connect(self._url, timeout=_CONNECT_TIMEOUT_SECONDS)
        try:
            yield connection
        finally:
            await connection.close(timeout=_CONNECT_TIMEOUT_SECONDS)
