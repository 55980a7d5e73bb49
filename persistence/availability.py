"""Telling "Postgres is away, try again" from faults of our own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.errors import Unavailable

# What a background statement may take before the server counts as away.
ANSWER_SECONDS: Final = 5.0

# What a statement raises that got no answer. TimeoutError is an OSError, as every failure to
# connect is.
STATEMENT_FAILURES: Final = (
    DBAPIError,
    PoolTimeout,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    # A connection that has got the server's farewell and is not closed yet.
    asyncpg.InternalClientError,
    OSError,
)
_OUR_OWN_FAULTS: Final = (DataError, IntegrityError, ProgrammingError)
# Data exceptions, violated constraints, wrong SQL: the same ones as SQLSTATE classes.
_OUR_OWN_SQLSTATES: Final = ("22", "23", "42")


@asynccontextmanager
async def answering(seconds: float | None = ANSWER_SECONDS) -> AsyncIterator[None]:
    """Raise Unavailable when Postgres is away, or the block takes longer than the seconds."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except STATEMENT_FAILURES as error:
        if is_our_own_fault(error):
            raise
        raise unavailable(error) from error


def is_our_own_fault(error: Exception) -> bool:
    """Whether Postgres answered, and the same statement would fail again."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith(_OUR_OWN_SQLSTATES)
    return isinstance(error, _OUR_OWN_FAULTS)


def unavailable(error: Exception) -> Unavailable:
    """What the caller is told instead of the error."""
    return Unavailable(f"Postgres is away: {type(error).__name__}")
