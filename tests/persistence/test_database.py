"""How a database tells whether it answers."""

import asyncio

import pytest

from domain.errors import Unavailable
from persistence.database import Database


async def test_it_answers_while_all_its_connections_are_taken(postgres_url: str) -> None:
    async with Database(postgres_url, pool_size=1) as database:
        taken = await database.connections.take()
        async with asyncio.timeout(10):
            await database.check()
        database.connections.give_back(taken)


async def test_one_that_nobody_serves_is_unavailable() -> None:
    async with Database("postgresql://taskwire:secret@127.0.0.1:9/taskwire") as database:
        with pytest.raises(Unavailable):
            await database.check()
