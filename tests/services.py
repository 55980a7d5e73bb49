"""Fixtures for the real PostgreSQL, Valkey and Kafka-protocol broker, started once a session."""

import asyncio
import itertools
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from infra.embedded.broker import Broker
from infra.embedded.ports import free_ports
from infra.embedded.postgres import Postgres
from infra.embedded.service import Service
from infra.embedded.valkey import Valkey

_TEMPLATE = "taskwire_template"
_FREEZING_SECONDS = 10.0
_POLL_SECONDS = 0.01
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def services_dir() -> Iterator[Path]:
    """A short-lived directory of the servers' data and logs."""
    with tempfile.TemporaryDirectory(prefix="taskwire-test-") as name:
        yield Path(name)


def a_postgres(directory: Path) -> Postgres:
    """Return a PostgreSQL of its own below the directory, not started."""
    [port] = free_ports(1)
    return Postgres(
        port=port,
        data_dir=directory / f"postgres-{port}",
        log_path=directory / f"postgres-{port}.log",
        durable=False,
    )


def a_valkey(directory: Path) -> Valkey:
    """Return a Valkey of its own below the directory, not started."""
    [port] = free_ports(1)
    return Valkey(
        port=port,
        data_dir=directory / f"valkey-{port}",
        log_path=directory / f"valkey-{port}.log",
    )


def a_broker(directory: Path) -> Broker:
    """Return a broker of its own below the directory, not started."""
    [port] = free_ports(1)
    return Broker(port=port, log_path=directory / f"broker-{port}.log")


@pytest.fixture(scope="session")
async def postgres(services_dir: Path) -> AsyncIterator[Postgres]:
    """The session's PostgreSQL; a test that kills it starts it again."""
    async with a_postgres(services_dir) as server:
        yield server


@pytest.fixture(scope="session")
async def valkey(services_dir: Path) -> AsyncIterator[Valkey]:
    """The session's Valkey; a test that kills it starts it again."""
    async with a_valkey(services_dir) as server:
        yield server


@pytest.fixture(scope="session")
async def broker(services_dir: Path) -> AsyncIterator[Broker]:
    """The session's broker; a test that kills it starts it again, without its topics."""
    async with a_broker(services_dir) as server:
        yield server


@pytest.fixture
async def private_valkey(services_dir: Path) -> AsyncIterator[Valkey]:
    """A Valkey of this test alone, to kill and freeze."""
    async with a_valkey(services_dir) as server:
        yield server


@pytest.fixture
async def private_broker(services_dir: Path) -> AsyncIterator[Broker]:
    """A broker of this test alone, to kill and freeze."""
    async with a_broker(services_dir) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres: Postgres) -> str:
    """The URL of the session's empty default database."""
    return postgres.url


@pytest.fixture(scope="session")
def redis_url(valkey: Valkey) -> str:
    """The URL of the session's Valkey."""
    return valkey.url


@pytest.fixture(scope="session")
def kafka_bootstrap(broker: Broker) -> str:
    """The bootstrap address of the session's broker."""
    return broker.url


@pytest.fixture(scope="session")
async def migrated_template(postgres: Postgres) -> str:
    """The name of a database at the newest migration, to be copied and never used itself."""
    from persistence.migration import upgrade  # noqa: PLC0415 - only tests of the schema need it

    url = await postgres.create_database(_TEMPLATE)
    await asyncio.to_thread(upgrade, url)
    return _TEMPLATE


@pytest.fixture
async def fresh_database(postgres: Postgres) -> AsyncIterator[str]:
    """The URL of an empty database of this test alone."""
    name = f"fresh_{next(_numbers)}"
    yield await postgres.create_database(name)
    await postgres.drop_database(name)


@pytest.fixture
async def migrated_database(postgres: Postgres, migrated_template: str) -> AsyncIterator[str]:
    """The URL of a database of this test alone at the newest migration."""
    name = f"migrated_{next(_numbers)}"
    yield await postgres.create_database(name, template=migrated_template)
    await postgres.drop_database(name)


async def frozen(service: Service) -> None:
    """Freeze the service, and return once none of its threads runs any more."""
    service.pause()
    tasks = Path(f"/proc/{service.pid}/task")
    async with asyncio.timeout(_FREEZING_SECONDS):
        while not all(_is_stopped(task / "stat") for task in tasks.iterdir()):  # noqa: ASYNC110 - other processes have no event
            await asyncio.sleep(_POLL_SECONDS)


def _is_stopped(stat: Path) -> bool:
    # "pid (name) state …", and the name may hold anything.
    return stat.read_text().rpartition(")")[2].split()[0] == "T"
