import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import BigInteger, Integer, Text, bindparam, cast, func, select

from domain.errors import Unavailable
from persistence import connection_pool
from persistence.compiled_statements import EXECUTION, CompiledStatement, PipelinedStatement
from persistence.connection_pool import ConnectionPool
from persistence.read_pool import ReadPool
from tests.services import a_postgres

_ONE = CompiledStatement(select(1))
_PROCESS = CompiledStatement(select(func.pg_backend_pid()))
_QUOTIENT = CompiledStatement(select(func.div(100, bindparam("divisor", type_=Integer))))
_LOCK = CompiledStatement(select(func.pg_advisory_lock_shared(bindparam("key", type_=BigInteger))))
_SHARED_QUOTIENT = PipelinedStatement(
    select(
        func.div(100, bindparam("divisor", type_=Integer)),
        func.pg_backend_pid(),
        cast(func.pg_current_xact_id(), Text),
        EXECUTION,
    )
)
_SEVERAL = PipelinedStatement(
    select(func.generate_series(1, bindparam("count", type_=Integer)).label("number"), EXECUTION)
)
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


async def test_executions_of_one_statement_share_transactions_and_have_their_own_rows(
    postgres_url: str,
) -> None:
    connections = ConnectionPool(postgres_url, size=4)
    pool = ReadPool(connections)
    divisors = range(1, 11)
    answers = await asyncio.gather(
        *(pool.fetch(_SHARED_QUOTIENT, {"divisor": divisor}) for divisor in divisors)
    )
    assert [[row[0] for row in rows] for rows in answers] == [[100 // d] for d in divisors]
    transactions = [rows[0][2] for rows in answers]
    # The first went alone; those who came meanwhile went in sixes.
    assert [transactions.count(each) for each in dict.fromkeys(transactions)] == [1, 6, 3]
    await pool.close()


async def test_executions_that_share_a_round_trip_may_have_any_number_of_rows(
    pool: ReadPool,
) -> None:
    counts = (1, 0, 3, 0, 2)
    answers = await asyncio.gather(*(pool.fetch(_SEVERAL, {"count": count}) for count in counts))
    assert [[row[0] for row in rows] for rows in answers] == [
        list(range(1, count + 1)) for count in counts
    ]


@pytest.mark.parametrize(
    ("wrong", "error"), [(0, asyncpg.DivisionByZeroError), ("ten", asyncpg.DataError)]
)
async def test_one_that_is_wrong_costs_those_who_share_its_round_trip_nothing(
    pool: ReadPool, wrong: object, error: type[Exception]
) -> None:
    divisors: tuple[object, ...] = (1, 2, wrong, 4)
    answers = await asyncio.gather(
        *(pool.fetch(_SHARED_QUOTIENT, {"divisor": divisor}) for divisor in divisors),
        return_exceptions=True,
    )
    assert [answer[0][0] for answer in answers if not isinstance(answer, BaseException)] == [
        100,
        50,
        25,
    ]
    assert isinstance(answers[2], error)


async def test_who_gives_up_leaves_the_others_their_rows(
    pool: ReadPool, blocker: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    # The only connection is taken, so that all of them wait.
    blocking = await _a_read_that_waits(pool, blocker)
    asked = [
        asyncio.create_task(pool.fetch(_SHARED_QUOTIENT, {"divisor": divisor}))
        for divisor in (1, 2, 4, 5)
    ]
    await asyncio.sleep(0.1)
    asked[0].cancel()
    asked[2].cancel()
    await blocker.execute(f"SELECT pg_advisory_unlock({_KEY})")
    await blocking
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [answer[0][0] for answer in answers if not isinstance(answer, BaseException)] == [50, 20]


async def test_executions_are_unavailable_together_while_postgres_is_away_and_work_again_after(
    services_dir: Path,
) -> None:
    async with a_postgres(services_dir) as postgres:
        pool = ReadPool(ConnectionPool(postgres.url, size=2))
        await pool.fetch(_SHARED_QUOTIENT, {"divisor": 1})
        await postgres.kill()
        answers = await asyncio.gather(
            *(pool.fetch(_SHARED_QUOTIENT, {"divisor": divisor}) for divisor in range(1, 6)),
            return_exceptions=True,
        )
        assert [type(answer) for answer in answers] == [Unavailable] * 5
        await postgres.start()
        assert [row[0] for row in await pool.fetch(_SHARED_QUOTIENT, {"divisor": 3})] == [33]
        await pool.close()


async def test_one_that_gives_way_in_a_deadlock_costs_the_others_nothing(
    pool: ReadPool, blocker: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await blocker.execute("""
        CREATE OR REPLACE FUNCTION give_way(number integer) RETURNS integer LANGUAGE plpgsql AS $$
        BEGIN
            IF number = 3 THEN RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END IF;
            RETURN number;
        END $$
    """)
    asked = PipelinedStatement(select(func.give_way(bindparam("number", type_=Integer)), EXECUTION))
    answers = await asyncio.gather(
        *(pool.fetch(asked, {"number": number}) for number in range(1, 5)), return_exceptions=True
    )
    assert [answer[0][0] for answer in answers if not isinstance(answer, BaseException)] == [
        1,
        2,
        4,
    ]
    assert isinstance(answers[2], Unavailable)
