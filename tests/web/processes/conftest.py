from collections.abc import AsyncIterator

import pytest

from persistence.database import Database
from tests.builders.events import WrittenProject, a_written_project


@pytest.fixture
async def database(migrated_database: str) -> AsyncIterator[Database]:
    async with Database(migrated_database, pool_size=10) as database:
        yield database


@pytest.fixture
async def project(database: Database) -> WrittenProject:
    return await a_written_project(database)
