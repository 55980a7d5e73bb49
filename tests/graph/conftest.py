"""The graph composed over a real Postgres and an in-memory live feed.

One database serves the whole session: every test has a workspace of its own in it,
and everything in the graph is scoped by workspace.
"""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Protocol

import pytest

from domain.access import Role
from domain.identifiers import UserId
from graph.context import GraphContextFactory
from graph.service import GraphService
from infra.embedded.postgres import Postgres
from persistence.database import Database
from persistence.readers import PostgresReaders
from persistence.unit_of_work import unit_of_work_factory
from tests.builders import CountingIds, World, a_world
from tests.graph.boards import FullBoard, a_full_board
from tests.graph.client import GraphClient
from tests.graph.live_feed import MemoryFeed
from tests.graph.memory_presence import MemoryPresence
from tests.persistence.recorded_events import EventTable


class ClientFor(Protocol):
    """Makes a client for the member with a role, for a user, or for nobody."""

    def __call__(self, who: Role | UserId | None) -> GraphClient: ...


@pytest.fixture(scope="session")
async def database(postgres: Postgres, migrated_template: str) -> AsyncIterator[Database]:
    """The session's database."""
    url = await postgres.create_database("graph", template=migrated_template)
    async with Database(url) as database:
        yield database
    await postgres.drop_database("graph")


@pytest.fixture(scope="session")
def ids() -> CountingIds:
    """Ids that never repeat in the session's database."""
    return CountingIds()


async def a_graph_world(database: Database, ids: CountingIds) -> World:
    """A new workspace in the session's database, with its people and one board."""
    return await a_world(unit_of_work_factory(database), EventTable(database).read, ids=ids)


@pytest.fixture
async def world(database: Database, ids: CountingIds) -> World:
    """A workspace of this test alone; modules that only read have one for all their tests."""
    return await a_graph_world(database, ids)


@pytest.fixture
async def other_world(database: Database, ids: CountingIds) -> World:
    """A workspace of other people."""
    return await a_graph_world(database, ids)


@pytest.fixture
def feed() -> MemoryFeed:
    """What subscriptions follow."""
    return MemoryFeed()


@pytest.fixture
def presence() -> MemoryPresence:
    """What presence is told and tells."""
    return MemoryPresence()


@pytest.fixture(scope="session")
def service() -> GraphService:
    """The executor."""
    return GraphService()


def a_client(
    world: World,
    who: Role | UserId | None,
    *,
    database: Database,
    service: GraphService,
    feed: MemoryFeed | None = None,
    presence: MemoryPresence | None = None,
) -> GraphClient:
    """A client for the world's member with a role, for a user, or for nobody."""
    contexts = GraphContextFactory(
        readers=PostgresReaders(database),
        commands=world.bus,
        live=feed or MemoryFeed(),
        presence=presence or MemoryPresence(),
    )
    user_id = world.actor(who) if isinstance(who, Role) else who
    return GraphClient(service=service, contexts=contexts, user_id=user_id)


@pytest.fixture
def client_for(
    database: Database,
    service: GraphService,
    world: World,
    feed: MemoryFeed,
    presence: MemoryPresence,
) -> ClientFor:
    """A client for the member with a role, for a user, or for nobody."""
    return partial(
        a_client, world, database=database, service=service, feed=feed, presence=presence
    )


@pytest.fixture
def owner(client_for: ClientFor) -> GraphClient:
    """The workspace's owner."""
    return client_for(Role.OWNER)


@pytest.fixture
def stranger(client_for: ClientFor, world: World) -> GraphClient:
    """Somebody who belongs to no workspace."""
    return client_for(world.stranger.id)


@pytest.fixture
def nobody(client_for: ClientFor) -> GraphClient:
    """A client without an access token."""
    return client_for(None)


@pytest.fixture
def statements(database: Database) -> Iterator[list[str]]:
    """The SQL that was run; clear it to count from there."""
    texts: list[str] = []
    with database.observed_by(texts.append):
        yield texts


async def a_graph_board(world: World, database: Database) -> FullBoard:
    """The world's board with one of everything on it."""
    readers = PostgresReaders(database)
    scope = await readers.people.visibility(world.actor(Role.OWNER))
    members = await readers.people.memberships_of_workspaces([world.workspace.id], scope)
    # Not the only owner, who can't leave, nor somebody who asks here and may leave by themselves.
    [admin] = [
        member
        for member in members[world.workspace.id]
        if member.user_id == world.actor(Role.ADMIN)
    ]
    return await a_full_board(world, membership=admin)


@pytest.fixture
async def board(world: World, database: Database) -> FullBoard:
    """The test's board with one of everything on it."""
    return await a_graph_board(world, database)
