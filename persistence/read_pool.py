"""Statements that are whole by themselves: none needs a transaction around it."""

from collections.abc import Mapping, Sequence
from time import perf_counter_ns
from typing import TYPE_CHECKING

import asyncpg

from persistence.availability import STATEMENT_FAILURES, is_our_own_fault, unavailable
from persistence.compiled_statements import CompiledStatement, PipelinedStatement
from persistence.connection_pool import ConnectionPool
from persistence.pipelines import Pipelines

if TYPE_CHECKING:
    from persistence.connection_pool import Connection


class ReadPool:
    """Runs single statements on the connections of a pool, to the primary or to a replica.

    Each sees what had been committed when it began. Raises Unavailable while the server
    can't be reached, and connects again by itself. Executions of a PipelinedStatement may
    share round trips; they are committed together then.
    """

    def __init__(self, connections: ConnectionPool) -> None:
        self._connections = connections
        self._pipelines = Pipelines(alone=self._alone, together=self._together)

    async def fetch(
        self, read: CompiledStatement, parameters: Mapping[str, object]
    ) -> Sequence[asyncpg.Record]:
        """The rows of one execution."""
        for observe in self._connections.observers:
            observe(read.sql)
        try:
            # A trace tells of each statement by itself.
            if (
                isinstance(read, PipelinedStatement)
                and not self._connections.telemetry.is_tracing()
            ):
                return await self._pipelines.fetch(read, parameters)
            return await self._alone(read, parameters)
        except STATEMENT_FAILURES as error:
            if is_our_own_fault(error):
                raise
            raise unavailable(error) from error

    async def close(self) -> None:
        """Close every connection."""
        await self._pipelines.close()
        await self._connections.close()

    async def _alone(
        self, read: CompiledStatement, parameters: Mapping[str, object]
    ) -> Sequence[asyncpg.Record]:
        sql, arguments = read.sql, read.arguments(parameters)
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
        except BaseException as error:
            self._failed(connection, error)
            raise
        self._connections.give_back(connection)
        return rows

    async def _together(
        self, read: PipelinedStatement, parameters: Sequence[Mapping[str, object]]
    ) -> Sequence[Sequence[asyncpg.Record]] | None:
        if len(parameters) == 1:
            return [await self._alone(read, parameters[0])]
        arguments = [read.arguments_of(number, each) for number, each in enumerate(parameters)]
        telemetry = self._connections.telemetry
        connection = await self._connections.take()
        try:
            asked_ns = perf_counter_ns()
            rows = await connection.fetchmany(read.sql, arguments)
            took_ns = perf_counter_ns() - asked_ns
        except BaseException as error:
            self._failed(connection, error)
            if _is_refusal(error):
                return None
            raise
        self._connections.give_back(connection)
        answers: list[list[asyncpg.Record]] = [[] for _ in parameters]
        for row in rows:
            answers[row[-1]].append(row)
        for _ in parameters:
            telemetry.read(took_ns)
        return answers

    def _failed(self, connection: "Connection", error: BaseException) -> None:
        if isinstance(error, asyncpg.PostgresError):
            # The server refused the statement; the connection is as good as before.
            self._connections.give_back(connection)
        else:
            # Cancelled or cut off: the answer may still be on its way.
            self._connections.discard(connection)


def _is_refusal(error: BaseException) -> bool:
    """Whether one of several executions was refused, or gave way in a deadlock: none happened."""
    if isinstance(error, asyncpg.TransactionRollbackError):
        return True
    return isinstance(error, STATEMENT_FAILURES) and is_our_own_fault(error)
