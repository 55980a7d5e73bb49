from collections.abc import AsyncIterator

import pytest

from persistence.database import Database
from persistence.unit_of_work import unit_of_work_factory
from tests.builders import World, a_world
from tests.persistence.recorded_events import EventTable


@pytest.fixture
async def database(migrated_database: str) -> AsyncIterator[Database]:
    """Connections enough for twenty writers at once."""
    async with Database(migrated_database, pool_size=24) as database:
        yield database


@pytest.fixture
async def world(database: Database) -> World:
    """A board and its people in Postgres."""
    return await a_world(unit_of_work_factory(database), EventTable(database).read)
