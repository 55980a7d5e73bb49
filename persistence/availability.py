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

_OUR_OWN_FAULTS: Final = (DataError, IntegrityError, ProgrammingError)


@asynccontextmanager
async def answering(seconds: float | None = ANSWER_SECONDS) -> AsyncIterator[None]:
    """Raise Unavailable when Postgres is away, or the block takes longer than the seconds."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except _OUR_OWN_FAULTS:
        raise
    except (DBAPIError, PoolTimeout, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unavailable(f"Postgres is away: {type(error).__name__}") from error
    # TimeoutError is an OSError, as every failure to connect is.
    except OSError as error:
        raise Unavailable(f"Postgres is away: {type(error).__name__}") from error
