"""Reads on a replica: never older than what the client has seen, and never lost with it.

A copy of the database, made before a change, stands for a replica that lags.
"""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from domain.access import Role
from domain.commands.projects import UpdateProject, update_project
from domain.events import Cursor
from domain.identifiers import ProjectId
from domain.reads import ProjectsWanted
from infra.embedded.ports import free_ports
from infra.embedded.postgres import Postgres
from persistence.database import Database
from persistence.readers import PostgresReaders
from persistence.replica import ReplicaReads
from persistence.unit_of_work import unit_of_work_factory
from tests.builders import CountingIds, World, a_world, new_id
from tests.persistence.recorded_events import EventTable


@pytest.fixture
async def primary_url(postgres: Postgres, migrated_template: str) -> AsyncIterator[str]:
    yield await postgres.create_database("primary", template=migrated_template)
    await postgres.drop_database("primary")


@pytest.fixture
async def first_world(primary_url: str) -> World:
    """A board on a primary that nobody is connected to any more."""
    async with Database(primary_url) as database:
        return await a_world(
            unit_of_work_factory(database), EventTable(database).read, ids=CountingIds()
        )


@pytest.fixture
async def replica_url(
    postgres: Postgres,
    primary_url: str,  # noqa: ARG001 - it is copied
    first_world: World,  # noqa: ARG001 - with this in it
) -> AsyncIterator[str]:
    yield await postgres.create_database("replica", template="primary")
    await postgres.drop_database("replica")


@pytest.fixture
async def database(primary_url: str, replica_url: str) -> AsyncIterator[Database]:
    async with Database(primary_url, replica_url=replica_url) as database:
        yield database


@pytest.fixture
def world(first_world: World, database: Database) -> World:
    """The board as it is changed on the primary from now on."""
    bus = replace(first_world.bus, unit_of_work=unit_of_work_factory(database))
    return replace(first_world, bus=bus)


def _replica(database: Database) -> ReplicaReads:
    assert database.replica is not None
    return database.replica


async def _name(database: Database, world: World, *, replica: ReplicaReads | None) -> str:
    readers = PostgresReaders(database, replica=replica)
    viewer_id = world.actor(Role.VIEWER)
    found = await readers.boards.projects([world.project.id], viewer_id, ProjectsWanted())
    return found.project_by_id[world.project.id].name


async def _rename(world: World) -> Cursor:
    command = UpdateProject(project_id=world.project.id, name="Renamed")
    outcome = await world.run(update_project, command)
    assert outcome.cursor is not None
    return outcome.cursor


async def test_a_replica_that_lags_is_known_by_the_cursor_of_a_change(
    database: Database, world: World
) -> None:
    before = Cursor(world.project.id, world.project.event_seq)
    changed = await _rename(world)
    replica = _replica(database)
    assert await _name(database, world, replica=replica) == world.project.name
    assert await _name(database, world, replica=None) == "Renamed"
    assert await replica.has_reached([])
    assert await replica.has_reached([before])
    assert not await replica.has_reached([changed])
    assert not await replica.has_reached([before, changed])


async def test_a_project_the_replica_has_not_got_yet_is_not_reached(database: Database) -> None:
    assert not await _replica(database).has_reached([Cursor(ProjectId(new_id()), 1)])


async def test_what_was_reached_once_is_not_asked_again(database: Database, world: World) -> None:
    seen: list[str] = []
    replica, position = _replica(database), Cursor(world.project.id, world.project.event_seq)
    with replica._connections.observed_by(seen.append):
        assert await replica.has_reached([position])
        assert await replica.has_reached([position])
    assert len(seen) == 1


async def test_while_the_replica_is_away_the_primary_answers(
    primary_url: str, replica_url: str, first_world: World
) -> None:
    assert replica_url
    [nobody_there] = free_ports(1)
    away_url = f"postgresql://taskwire@127.0.0.1:{nobody_there}/replica"
    async with Database(primary_url, replica_url=away_url) as database:
        replica = _replica(database)
        assert await _name(database, first_world, replica=replica) == first_world.project.name
        assert not await replica.has_reached([])
