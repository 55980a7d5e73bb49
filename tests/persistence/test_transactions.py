import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import Text, func, insert, literal_column, select, text

from persistence.compiled_statements import CompiledStatement
from persistence.connection_pool import ConnectionPool
from persistence.database import Database
from persistence.read_pool import ReadPool
from persistence.tables import leases
from persistence.transactions import transaction

_PROCESS = CompiledStatement(select(func.pg_backend_pid()))
_NAMES = CompiledStatement(select(leases.c.name).order_by(leases.c.name))


@pytest.fixture
async def connections(migrated_database: str) -> AsyncIterator[ConnectionPool]:
    """One connection alone."""
    connections = ConnectionPool(migrated_database, size=1)
    yield connections
    await connections.close()


def _a_row(name: str) -> CompiledStatement:
    return CompiledStatement(
        insert(leases).values(name=name, holder="me", epoch=1, expires_at=func.now())
    )


async def _names(connections: ConnectionPool) -> list[str]:
    return [name for (name,) in await ReadPool(connections).fetch(_NAMES, {})]


async def _process_id(connections: ConnectionPool) -> int:
    [[process_id]] = await ReadPool(connections).fetch(_PROCESS, {})
    return int(process_id)


async def _write_and_raise(connections: ConnectionPool) -> None:
    async with transaction(connections) as work:
        await work.fetch(_a_row("left"))
        raise RuntimeError("no")


async def _write_twice(connections: ConnectionPool) -> None:
    async with transaction(connections) as work:
        await work.fetch(_a_row("twice"))
        await work.fetch(_a_row("twice"))


async def test_what_is_committed_is_kept_and_the_rest_is_not(connections: ConnectionPool) -> None:
    async with transaction(connections) as work:
        await work.fetch(_a_row("kept"))
        await work.commit()
    async with transaction(connections) as work:
        await work.fetch(_a_row("left"))
    assert await _names(connections) == ["kept"]


async def test_an_error_rolls_back_and_leaves_the_connection_to_the_next(
    connections: ConnectionPool,
) -> None:
    before = await _process_id(connections)
    with pytest.raises(RuntimeError, match="no"):
        await _write_and_raise(connections)
    with pytest.raises(asyncpg.UniqueViolationError):
        await _write_twice(connections)
    assert await _names(connections) == []
    assert await _process_id(connections) == before


async def test_a_transaction_in_which_a_statement_failed_does_not_claim_to_have_committed(
    connections: ConnectionPool,
) -> None:
    async with transaction(connections) as work:
        await work.fetch(_a_row("left"))
        with pytest.raises(asyncpg.UniqueViolationError):
            await work.fetch(_a_row("left"))
        with pytest.raises(asyncpg.InFailedSQLTransactionError):
            await work.commit()
    assert await _names(connections) == []


async def test_a_cancelled_transaction_is_rolled_back_and_its_connection_left(
    connections: ConnectionPool,
) -> None:
    before = await _process_id(connections)
    has_written = asyncio.Event()

    async def write() -> None:
        async with transaction(connections) as work:
            await work.fetch(_a_row("left"))
            has_written.set()
            await asyncio.Event().wait()

    writing = asyncio.create_task(write())
    await has_written.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await _names(connections) == []
    assert await _process_id(connections) != before


async def test_a_transaction_begins_though_the_server_has_closed_what_idled(
    migrated_database: str, database: Database
) -> None:
    connections = ConnectionPool(migrated_database, size=3)
    for _ in range(15):
        taken = [await connections.take() for _ in range(3)]
        for connection in taken:
            connections.give_back(connection)
        assert connections.idle_count == 3
        # Its farewell may be on its way still, or be read in the middle of the next statement.
        await database.fetch(
            text("""
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
            """)
        )
        async with transaction(connections) as work:
            assert await work.fetch(_PROCESS)
    await connections.close()


async def test_a_statement_that_is_composed_for_one_run_takes_its_values_along(
    connections: ConnectionPool,
) -> None:
    async with transaction(connections) as work:
        [[word]] = await work.run(select(func.upper(literal_column("'warp'"), type_=Text)))
        [[number]] = await work.run(text("SELECT 1"))
    assert (word, number) == ("WARP", 1)
