"""One database for the session, and in it a workspace for each module that asks."""

from collections.abc import AsyncIterator

import pytest

from infra.embedded.postgres import Postgres
from persistence.database import Database
from persistence.readers import PostgresReaders
from persistence.unit_of_work import unit_of_work_factory
from tests.builders import CountingIds, World, a_world
from tests.persistence.recorded_events import EventTable


@pytest.fixture(scope="session")
async def database(postgres: Postgres, migrated_template: str) -> AsyncIterator[Database]:
    """The session's database."""
    url = await postgres.create_database("readers", template=migrated_template)
    async with Database(url) as database:
        yield database
    await postgres.drop_database("readers")


@pytest.fixture(scope="session")
def ids() -> CountingIds:
    """Ids that never repeat in the session's database."""
    return CountingIds()


@pytest.fixture(scope="module")
async def world(database: Database, ids: CountingIds) -> World:
    """The module's workspace, with its people and one board."""
    return await a_world(unit_of_work_factory(database), EventTable(database).read, ids=ids)


@pytest.fixture(scope="session")
def readers(database: Database) -> PostgresReaders:
    """What reads the session's database."""
    return PostgresReaders(database)
