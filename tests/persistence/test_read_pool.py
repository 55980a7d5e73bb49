import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import BigInteger, Integer, bindparam, func, select

from domain.errors import Unavailable
from persistence import connection_pool
from persistence.compiled_statements import CompiledStatement
from persistence.connection_pool import ConnectionPool
from persistence.read_pool import ReadPool
from tests.services import a_postgres

_ONE = CompiledStatement(select(1))
_PROCESS = CompiledStatement(select(func.pg_backend_pid()))
_QUOTIENT = CompiledStatement(select(func.div(100, bindparam("divisor", type_=Integer))))
_LOCK = CompiledStatement(select(func.pg_advisory_lock_shared(bindparam("key", type_=BigInteger))))
_KEY = 7


@pytest.fixture
async def connections(postgres_url: str) -> AsyncIterator[ConnectionPool]:
    """One connection alone."""
    connections = ConnectionPool(postgres_url, size=1)
    yield connections
    await connections.close()


@pytest.fixture
def pool(connections: ConnectionPool) -> ReadPool:
    """Reads on that connection."""
    return ReadPool(connections)


@pytest.fixture
async def blocker(postgres_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection whose lock makes `_LOCK` wait."""
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"SELECT pg_advisory_lock({_KEY})")
    yield connection
    await connection.close()


async def _process_id(pool: ReadPool) -> int:
    [[process_id]] = await pool.fetch(_PROCESS, {})
    return int(process_id)


async def _a_read_that_waits(
    pool: ReadPool, blocker: "asyncpg.Connection[asyncpg.Record]"
) -> asyncio.Task[object]:
    waiting = asyncio.create_task(pool.fetch(_LOCK, {"key": _KEY}))
    async with asyncio.timeout(10):
        while not await blocker.fetchval(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        ):
            pass
    return waiting


async def test_reads_share_the_connections_and_wait_for_their_turn(pool: ReadPool) -> None:
    assert len(set(await asyncio.gather(*(_process_id(pool) for _ in range(20))))) == 1


async def test_a_cancelled_read_leaves_nothing_to_the_next_one(
    pool: ReadPool, blocker: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    before = await _process_id(pool)
    waiting = await _a_read_that_waits(pool, blocker)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await _process_id(pool) != before


async def test_a_read_that_gets_no_connection_in_time_is_unavailable(
    pool: ReadPool,
    blocker: "asyncpg.Connection[asyncpg.Record]",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting = await _a_read_that_waits(pool, blocker)
    monkeypatch.setattr(connection_pool, "POOL_TIMEOUT_SECONDS", 0.05)
    with pytest.raises(Unavailable):
        await pool.fetch(_ONE, {})
    await blocker.execute(f"SELECT pg_advisory_unlock({_KEY})")
    await waiting
    assert [tuple(row) for row in await pool.fetch(_ONE, {})] == [(1,)]


async def test_a_statement_that_is_wrong_is_not_called_unavailable(pool: ReadPool) -> None:
    before = await _process_id(pool)
    with pytest.raises(asyncpg.DivisionByZeroError):
        await pool.fetch(_QUOTIENT, {"divisor": 0})
    with pytest.raises(asyncpg.DataError):
        await pool.fetch(_QUOTIENT, {"divisor": "ten"})
    assert await _process_id(pool) == before


async def test_reads_are_unavailable_while_postgres_is_away_and_work_again_after(
    services_dir: Path,
) -> None:
    async with a_postgres(services_dir) as postgres:
        connections = ConnectionPool(postgres.url, size=2)
        pool = ReadPool(connections)
        await asyncio.gather(_process_id(pool), _process_id(pool))
        await postgres.kill()
        with pytest.raises(Unavailable, match="Postgres is away"):
            await _process_id(pool)
        await postgres.start()
        await asyncio.gather(_process_id(pool), _process_id(pool))
        await connections.close()


async def test_a_closed_pool_reads_no_more_and_a_read_that_runs_ends(
    connections: ConnectionPool,
    pool: ReadPool,
    blocker: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    waiting = await _a_read_that_waits(pool, blocker)
    await connections.close()
    await blocker.execute(f"SELECT pg_advisory_unlock({_KEY})")
    await waiting
    with pytest.raises(Unavailable):
        await pool.fetch(_ONE, {})


async def test_the_observer_sees_what_is_run_inside_its_block_alone(
    connections: ConnectionPool, pool: ReadPool
) -> None:
    seen: list[str] = []
    await pool.fetch(_ONE, {})
    with connections.observed_by(seen.append):
        await pool.fetch(_PROCESS, {})
    await pool.fetch(_ONE, {})
    assert seen == [_PROCESS.sql]
