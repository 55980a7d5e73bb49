import asyncpg
import pytest

from domain.errors import Unavailable
from persistence.availability import answering


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(),
        asyncpg.InterfaceError("the connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 12; another operation is in progress"),
        asyncpg.AdminShutdownError("terminating connection due to administrator command"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_connection_that_was_lost_means_that_postgres_is_away(error: Exception) -> None:
    with pytest.raises(Unavailable):
        async with answering():
            raise error


async def test_a_statement_that_would_fail_again_is_our_own_fault() -> None:
    with pytest.raises(asyncpg.UniqueViolationError):
        async with answering():
            raise asyncpg.UniqueViolationError("duplicate key")
