"""Transactions straight through asyncpg."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, TypeAlias

import asyncpg
from sqlalchemy import ClauseElement

from persistence.availability import answering
from persistence.compiled_statements import CompiledStatement
from persistence.connection_pool import ConnectionPool

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]

# What a connection raises that the server has closed or is closing.
_LOST: Final = (
    ConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
_NOTHING: Final[Mapping[str, object]] = {}


class Transaction:
    """Statements that become visible together at `commit`, or not at all."""

    def __init__(self, connections: ConnectionPool, connection: "Connection") -> None:
        self._connections = connections
        self._connection = connection

    async def fetch(
        self, statement: CompiledStatement, parameters: Mapping[str, object] = _NOTHING
    ) -> Sequence[asyncpg.Record]:
        """The rows of one statement, none for a write that returns none."""
        sql = statement.sql
        for observe in self._connections.observers:
            observe(sql)
        answer = self._connection.fetch(sql, *statement.arguments(parameters))
        rows: Sequence[asyncpg.Record] = await self._connections.telemetry.statement(
            "unit_of_work", sql, answer
        )
        return rows

    async def run(self, statement: ClauseElement) -> Sequence[asyncpg.Record]:
        """The same for a statement that is too rare or too varied to be kept compiled."""
        return await self.fetch(CompiledStatement(statement))

    async def commit(self) -> None:
        """Make everything visible."""
        # Postgres answers the commit of a transaction in which a statement failed with ROLLBACK.
        if await self._connection.execute("COMMIT") != "COMMIT":
            raise asyncpg.InFailedSQLTransactionError("A statement of the transaction failed.")


@asynccontextmanager
async def transaction(connections: ConnectionPool) -> AsyncIterator[Transaction]:
    """A transaction that is rolled back unless the block commits it.

    Raises Unavailable while Postgres can't be reached.
    """
    async with answering(None):
        connection = await _begun(connections)
        try:
            yield Transaction(connections, connection)
            if connection.is_in_transaction():
                await connection.execute("ROLLBACK")
        except (
            asyncio.CancelledError,
            OSError,
            asyncpg.InterfaceError,
            asyncpg.InternalClientError,
        ):
            # In the middle of a statement, perhaps. The server rolls back when it is left.
            connections.discard(connection)
            raise
        except BaseException:
            await _roll_back(connections, connection)
            raise
        connections.give_back(connection)


async def _begun(connections: ConnectionPool) -> "Connection":
    """A connection that is in a transaction.

    Whether the server has closed one that idled shows when it is used. Nothing has happened by
    then, so another one is taken for it.
    """
    while True:
        may_be_closed = connections.idle_count > 0
        connection = await connections.take()
        try:
            await connection.execute("BEGIN")
        except BaseException as error:
            connections.discard(connection)
            if may_be_closed and isinstance(error, _LOST):
                continue
            raise
        return connection


async def _roll_back(connections: ConnectionPool, connection: "Connection") -> None:
    try:
        if not connection.is_closed() and connection.is_in_transaction():
            await connection.execute("ROLLBACK")
    except BaseException:
        connections.discard(connection)
        raise
    connections.give_back(connection)
