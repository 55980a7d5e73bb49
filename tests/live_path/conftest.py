from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from infra.embedded.broker import Broker
from infra.embedded.valkey import Valkey
from infra.pubsub import ProjectChannels
from infra.settings import Settings
from persistence.database import Database
from persistence.event_log import EventLog
from tests.builders.events import WrittenProject, a_written_project
from web.live.hub import LiveHub


@pytest.fixture
def settings(migrated_database: str, private_valkey: Valkey, private_broker: Broker) -> Settings:
    """A database, a Valkey and a broker that this test may kill."""
    return Settings(
        database_url=migrated_database,
        redis_url=private_valkey.url,
        kafka_bootstrap=private_broker.url,
        kafka_idempotence=False,
        secret_key=SecretStr("k" * 40),
        log_level="info",
    )


@pytest.fixture
async def database(migrated_database: str) -> AsyncIterator[Database]:
    async with Database(migrated_database, pool_size=10) as database:
        yield database


@pytest.fixture
async def project(database: Database) -> WrittenProject:
    return await a_written_project(database)


@pytest.fixture
async def hub(database: Database, private_valkey: Valkey) -> AsyncIterator[LiveHub]:
    """A web process's hub, as in production."""
    async with LiveHub(log=EventLog(database), hints=ProjectChannels(private_valkey.url)) as hub:
        yield hub
