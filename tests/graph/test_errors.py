import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import NoReturn
from uuid import UUID

import pytest

from domain.access import Role
from domain.errors import Unavailable
from domain.events import JsonValue
from graph import service as graph_service
from graph.context import GraphContextFactory
from graph.service import GraphService
from infra.embedded.ports import free_ports
from persistence.database import Database
from persistence.readers import PostgresReaders
from persistence.unit_of_work import unit_of_work_factory
from tests.builders import World
from tests.graph.client import GraphClient, codes
from tests.graph.live_feed import MemoryFeed

PROJECT = "query($id: ID!) { project(id: $id) { name labels { name } } }"


class Fault(Exception):
    """A fault of our own, with words that no client may read."""


class FaultyReaders:
    """Readers whose boards raise, or answer never."""

    def __init__(self, readers: PostgresReaders, error: Exception | None) -> None:
        self.people = readers.people
        self.tasks = readers.tasks
        self.conversations = readers.conversations
        self.events = readers.events
        self.boards = FaultyBoards(readers, error)


class FaultyBoards:
    """Projects are there; whatever belongs to them is not."""

    def __init__(self, readers: PostgresReaders, error: Exception | None) -> None:
        self.projects = readers.boards.projects
        self._error = error

    async def labels_of_projects(self, *_: object) -> NoReturn:
        if self._error is None:
            await asyncio.Event().wait()
        raise self._error or AssertionError

    def __getattr__(self, name: str) -> object:
        return self.labels_of_projects


def _faulty(
    world: World, database: Database, service: GraphService, error: Exception | None
) -> GraphClient:
    readers = FaultyReaders(PostgresReaders(database), error)
    contexts = GraphContextFactory(
        readers=readers,  # type: ignore[arg-type] # the missing ones are answered by __getattr__
        commands=world.bus,
        live=MemoryFeed(),
    )
    return GraphClient(service=service, contexts=contexts, user_id=world.actor(Role.OWNER))


async def test_an_unexpected_error_is_masked_and_logged_under_its_id(
    world: World, database: Database, service: GraphService, caplog: pytest.LogCaptureFixture
) -> None:
    client = _faulty(world, database, service, Fault("the password is hunter2"))
    with caplog.at_level(logging.ERROR, logger="graph"):
        error = await client.refusal_of_field(PROJECT, id=str(world.project.id))
    assert error["extensions"]["code"] == "INTERNAL"
    error_id = error["extensions"]["errorId"]
    assert UUID(error_id).version == 4
    assert error["message"] == (
        f"Something went wrong on our side. Quote {error_id} when you report it."
    )
    assert error["path"] == ["project", "labels"]
    assert "hunter2" not in str(error)
    [record] = caplog.records
    assert error_id in record.getMessage()
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], Fault)


async def test_two_faults_have_two_ids(
    world: World, database: Database, service: GraphService
) -> None:
    client = _faulty(world, database, service, Fault("one"))
    ids = {
        (await client.refusal_of_field(PROJECT, id=str(world.project.id)))["extensions"]["errorId"]
        for _ in range(2)
    }
    assert len(ids) == 2


async def test_what_is_away_is_unavailable(
    world: World, database: Database, service: GraphService
) -> None:
    client = _faulty(world, database, service, Unavailable("Postgres at 10.0.0.7 is away"))
    error = await client.refusal_of_field(PROJECT, id=str(world.project.id))
    assert error["extensions"] == {"code": "UNAVAILABLE"}
    assert "10.0.0.7" not in error["message"]


async def test_an_operation_that_takes_too_long_is_given_up(
    world: World, database: Database, service: GraphService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_service, "EXECUTION_SECONDS", 0.05)
    client = _faulty(world, database, service, None)
    response = await client.execute(PROJECT, {"id": str(world.project.id)})
    assert codes(response) == ["UNAVAILABLE"]
    assert response.data is None


async def test_a_fault_of_one_field_leaves_the_others(
    world: World, database: Database, service: GraphService
) -> None:
    client = _faulty(world, database, service, Fault("x"))
    data, found = await client.partial(
        "query($id: ID!) { viewer { name } project(id: $id) { labels { id } } }",
        id=str(world.project.id),
    )
    assert data == {"viewer": {"name": "Owner"}, "project": None}
    assert found == ["INTERNAL"]


@pytest.fixture
async def cut_off(world: World, service: GraphService) -> AsyncIterator[GraphClient]:
    """A client of a graph whose Postgres is not there."""
    [port] = free_ports(1)
    async with Database(f"postgresql://nobody@127.0.0.1:{port}/none") as database:
        bus = replace(world.bus, unit_of_work=unit_of_work_factory(database))
        contexts = GraphContextFactory(
            readers=PostgresReaders(database), commands=bus, live=MemoryFeed()
        )
        yield GraphClient(service=service, contexts=contexts, user_id=world.actor(Role.OWNER))


@pytest.mark.parametrize(
    "text",
    [
        "{ viewer { id } }",
        "{ workspaces { id } }",
        'mutation { workspaceCreate(input: { slug: "ab", name: "A" }) { errors { code } } }',
    ],
)
async def test_without_postgres_everything_is_unavailable(cut_off: GraphClient, text: str) -> None:
    error = await cut_off.refusal(text)
    assert error["extensions"] == {"code": "UNAVAILABLE"}
    assert error["message"] == "A service this needs does not answer. Try again in a moment."


async def test_without_postgres_a_subscription_does_not_start(
    cut_off: GraphClient, world: World
) -> None:
    text = "subscription($id: ID!) { projectEvents(projectId: $id) { __typename } }"
    refused = await cut_off.unsubscribable(text, id=str(world.project.id))
    assert codes(refused) == ["UNAVAILABLE"]


async def test_without_postgres_what_needs_none_is_answered(cut_off: GraphClient) -> None:
    seen = await cut_off.data("{ __schema { queryType { name } } }")
    assert seen == {"__schema": {"queryType": {"name": "Query"}}}


@pytest.mark.parametrize(
    "variables",
    [{}, {"id": None}, {"id": True}, {"id": 1.5}, {"id": ["a", "b"]}, {"id": {}}],
)
async def test_a_wrong_variable_is_a_request_error(
    cut_off: GraphClient, variables: dict[str, JsonValue]
) -> None:
    response = await cut_off.execute(PROJECT, variables)
    assert codes(response) == ["BAD_USER_INPUT"]
    assert response.is_request_error
    assert "data" not in response.as_json()


async def test_a_syntax_error_tells_its_place(cut_off: GraphClient) -> None:
    response = await cut_off.execute("{ viewer { id }")
    [error] = response.errors
    assert error["locations"] == [{"line": 1, "column": 16}]
    assert str(error["message"]).startswith("Syntax Error: ")


async def test_a_field_of_a_data_error_tells_path_and_place(owner: GraphClient) -> None:
    response = await owner.execute('{\n  mine: task(id: "x") { id }\n}')
    assert response.as_json() == {
        "data": {"mine": None},
        "errors": [
            {
                "message": "Not an ID: must be a UUID.",
                "locations": [{"line": 2, "column": 3}],
                "path": ["mine"],
                "extensions": {"code": "BAD_USER_INPUT", "field": ["id"]},
            }
        ],
    }
