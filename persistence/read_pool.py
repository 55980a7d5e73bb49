"""Statements that are whole by themselves: no transaction around them, one round trip each."""

from collections.abc import Mapping, Sequence
from time import perf_counter_ns

import asyncpg

from persistence.availability import STATEMENT_FAILURES, is_our_own_fault, unavailable
from persistence.compiled_statements import CompiledStatement
from persistence.connection_pool import ConnectionPool


class ReadPool:
    """Runs single statements on the connections of a pool, to the primary or to a replica.

    Each sees what had been committed when it began. Raises Unavailable while the server
    can't be reached, and connects again by itself.
    """

    def __init__(self, connections: ConnectionPool) -> None:
        self._connections = connections

    async def fetch(
        self, read: CompiledStatement, parameters: Mapping[str, object]
    ) -> Sequence[asyncpg.Record]:
        """The rows of one read, on a connection that nobody else uses meanwhile."""
        sql = read.sql
        for observe in self._connections.observers:
            observe(sql)
        try:
            return await self._fetch(sql, read.arguments(parameters))
        except STATEMENT_FAILURES as error:
            if is_our_own_fault(error):
                raise
            raise unavailable(error) from error

    async def close(self) -> None:
        """Close every connection."""
        await self._connections.close()

    async def _fetch(self, sql: str, arguments: list[object]) -> Sequence[asyncpg.Record]:
        telemetry = self._connections.telemetry
        connection = await self._connections.take()
        try:
            rows: Sequence[asyncpg.Record]
            if telemetry.is_tracing():
                rows = await telemetry.statement("read", sql, connection.fetch(sql, *arguments))
            else:
                asked_ns = perf_counter_ns()
                rows = await connection.fetch(sql, *arguments)
                telemetry.read(perf_counter_ns() - asked_ns)
        except asyncpg.PostgresError:
            # The server refused the statement; the connection is as good as before.
            self._connections.give_back(connection)
            raise
        except BaseException:
            # Cancelled or cut off: the answer may still be on its way.
            self._connections.discard(connection)
            raise
        self._connections.give_back(connection)
        return rows
