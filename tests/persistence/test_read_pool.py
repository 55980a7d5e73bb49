import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import BigInteger, Integer, bindparam, func, select

from domain.errors import Unavailable
from persistence import read_pool
from persistence.compiled_reads import CompiledRead
from persistence.read_pool import ReadPool
from tests.services import a_postgres

_ONE = CompiledRead(select(1))
_PROCESS = CompiledRead(select(func.pg_backend_pid()))
_QUOTIENT = CompiledRead(select(func.div(100, bindparam("divisor", type_=Integer))))
_LOCK = CompiledRead(select(func.pg_advisory_lock_shared(bindparam("key", type_=BigInteger))))
_KEY = 7


@pytest.fixture
async def pool(postgres_url: str) -> AsyncIterator[ReadPool]:
    """One connection alone."""
    pool = ReadPool(postgres_url, size=1)
    yield pool
    await pool.close()


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
    monkeypatch.setattr(read_pool, "POOL_TIMEOUT_SECONDS", 0.05)
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
        pool = ReadPool(postgres.url, size=2)
        await asyncio.gather(_process_id(pool), _process_id(pool))
        await postgres.kill()
        with pytest.raises(Unavailable, match="Postgres is away"):
            await _process_id(pool)
        await postgres.start()
        await asyncio.gather(_process_id(pool), _process_id(pool))
        await pool.close()


async def test_a_closed_pool_reads_no_more_and_a_read_that_runs_ends(
    pool: ReadPool, blocker: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    waiting = await _a_read_that_waits(pool, blocker)
    await pool.close()
    await blocker.execute(f"SELECT pg_advisory_unlock({_KEY})")
    await waiting
    with pytest.raises(Unavailable):
        await pool.fetch(_ONE, {})


async def test_the_observer_sees_what_is_read_inside_its_block_alone(pool: ReadPool) -> None:
    seen: list[str] = []
    await pool.fetch(_ONE, {})
    with pool.observed_by(seen.append):
        await pool.fetch(_PROCESS, {})
    await pool.fetch(_ONE, {})
    assert seen == [_PROCESS.sql]
