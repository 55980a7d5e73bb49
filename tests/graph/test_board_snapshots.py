"""Snapshots answer what executing would, and only while nothing has changed."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from domain.access import Role
from domain.commands.task_moves import MoveTask, move_task
from domain.commands.tasks import UpdateTask, update_task
from domain.events import JsonValue
from graph.board_snapshots import BoardSnapshots
from graph.context import GraphContextFactory, Viewer
from graph.operation import GraphRequest, GraphResponse, OperationType
from graph.service import GraphService
from persistence.database import Database
from persistence.readers import PostgresReaders
from tests.builders import World, new_id
from tests.graph.live_feed import MemoryFeed

BOARD = """query Board($id: ID!) { project(id: $id) { name cursor columns { name tasks(first: 9) {
  nodes { title assignee { name } labels { name } commentCount } } } } }"""
BY_KEY = """query Board($key: String!, $slug: String) { project(key: $key, workspaceSlug: $slug) {
  name viewerRole workspace { name } members { role user { name } } } }"""


class MemoryStore:
    """`SnapshotStore` in memory."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        self.outcomes: Counter[str] = Counter()

    async def find(self, key: str) -> bytes | None:
        # As one behind a network does.
        await asyncio.sleep(0)
        return self.answers.get(key)

    async def keep(self, key: str, answer: bytes) -> None:
        self.answers[key] = answer

    def count(self, outcome: str) -> None:
        self.outcomes[outcome] += 1


class Client:
    """Asks as members of a world, with snapshots and without."""

    def __init__(self, world: World, database: Database, service: GraphService) -> None:
        self.store = MemoryStore()
        self._world = world
        self._service = service
        self._database = database
        self.snapshots = BoardSnapshots(self.store)

    async def ask(
        self, query: str, *, by: Role = Role.MEMBER, stored: bool = True, **variables: JsonValue
    ) -> GraphResponse:
        contexts = GraphContextFactory(
            readers=PostgresReaders(self._database),
            commands=self._world.bus,
            live=MemoryFeed(),
            snapshots=self.snapshots if stored else None,
        )
        viewer = Viewer(
            user_id=self._world.actor(by),
            session_id=new_id(),  # type: ignore[arg-type]
            expires_at=self._world.clock.now(),
        )
        return await self._service.execute(
            GraphRequest(query=query, variables=variables),
            contexts(viewer),
            allowed=frozenset({OperationType.QUERY}),
        )

    async def seen(self, query: str, **options: Any) -> Any:  # noqa: ANN401
        return (await self.ask(query, **options)).as_json()


@pytest.fixture
def client(world: World, database: Database, service: GraphService) -> Client:
    return Client(world, database, service)


async def test_the_second_answer_is_the_first_one_after_one_statement(
    client: Client, world: World, statements: list[str]
) -> None:
    await world.add_task("Warp", labels=[await world.add_label("Loom")])
    first = await client.seen(BOARD, id=str(world.project.id))
    statements.clear()
    second = await client.ask(BOARD, id=str(world.project.id))
    assert second.encoded is not None
    assert second.as_json() == first
    assert len(statements) == 1
    assert client.store.outcomes == {"miss": 1, "hit": 1}


async def test_members_share_an_answer(client: Client, world: World) -> None:
    await client.seen(BOARD, id=str(world.project.id), by=Role.OWNER)
    await client.seen(BOARD, id=str(world.project.id), by=Role.VIEWER)
    assert client.store.outcomes == {"miss": 1, "hit": 1}


async def test_roles_that_are_shown_have_answers_of_their_own(client: Client, world: World) -> None:
    named = {"key": world.project.key, "slug": world.workspace.slug}
    roles = [
        (await client.seen(BY_KEY, by=role, **named))["data"]["project"]["viewerRole"]
        for role in (Role.OWNER, Role.VIEWER, Role.OWNER)
    ]
    assert roles == ["OWNER", "VIEWER", "OWNER"]
    assert client.store.outcomes == {"miss": 2, "hit": 1}


async def test_every_change_makes_the_answer_new(client: Client, world: World) -> None:
    first, second = await world.add_tasks(2)
    label = await world.add_label("Loom")
    changes: list[Callable[[], Any]] = [
        lambda: world.run(update_task, UpdateTask(task_id=first.id, title="Weft")),
        lambda: world.run(update_task, UpdateTask(task_id=first.id, added_label_ids=(label.id,))),
        lambda: world.run(
            move_task,
            MoveTask(task_id=second.id, column_id=second.column_id, before_task_id=first.id),
        ),
        lambda: world.add_comment(second),
        lambda: world.add_label("Reed"),
    ]
    for change in changes:
        await client.seen(BOARD, id=str(world.project.id))
        await change()
        with_store = await client.seen(BOARD, id=str(world.project.id))
        assert with_store == await client.seen(BOARD, id=str(world.project.id), stored=False)
    assert client.store.outcomes["miss"] == len(changes) + 1


async def test_a_stranger_gets_nothing_of_it(
    client: Client, other_world: World, database: Database, service: GraphService, world: World
) -> None:
    await client.seen(BOARD, id=str(world.project.id))
    stranger = Client(other_world, database, service)
    stranger.store.answers = client.store.answers
    assert await stranger.seen(BOARD, id=str(world.project.id)) == {"data": {"project": None}}


async def test_a_change_while_it_is_read_keeps_it_from_being_kept(
    client: Client, world: World, service: GraphService, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor = service._executor
    execute = executor.execute

    async def execute_late(*given: Any, **options: Any) -> Any:  # noqa: ANN401
        result = await execute(*given, **options)
        await world.add_task("Late")
        return result

    monkeypatch.setattr(executor, "execute", execute_late)
    seen = await client.seen(BOARD, id=str(world.project.id))
    assert seen["data"]["project"]["name"] == world.project.name
    assert client.store.answers == {}


async def test_those_who_ask_meanwhile_share_one_execution(
    client: Client, world: World, statements: list[str]
) -> None:
    await world.add_task("Warp")
    statements.clear()
    answers = await asyncio.gather(
        *(client.seen(BOARD, id=str(world.project.id)) for _ in range(8))
    )
    assert all(answer == answers[0] for answer in answers)
    assert client.store.outcomes["miss"] == 1
    assert client.store.outcomes["shared"] + client.store.outcomes["hit"] == 7
    assert client.snapshots._under_way == {}


async def test_those_who_wait_for_one_that_fails_execute_themselves(
    client: Client, world: World, service: GraphService, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor = service._executor
    execute, started = executor.execute, asyncio.Event()

    async def execute_once_started(*given: Any, **options: Any) -> Any:  # noqa: ANN401
        if not started.is_set():
            started.set()
            await asyncio.Event().wait()
        return await execute(*given, **options)

    monkeypatch.setattr(executor, "execute", execute_once_started)
    first = asyncio.create_task(client.seen(BOARD, id=str(world.project.id)))
    async with asyncio.timeout(5):
        await started.wait()
    others = [asyncio.create_task(client.seen(BOARD, id=str(world.project.id))) for _ in range(3)]
    await asyncio.sleep(0)
    first.cancel()
    answers = await asyncio.gather(*others)
    assert {answer["data"]["project"]["name"] for answer in answers} == {world.project.name}
    assert client.snapshots._under_way == {}


@pytest.mark.parametrize(
    "query",
    [
        "query($id: ID!) { project(id: $id) { events(first: 1) { nodes { seq } } } }",
        "query($id: ID!) { project(id: $id) { tasks { nodes { assignee { email } } } } }",
        "query($id: ID!) { project(id: $id) { tasks(filter: {number: {eq: 1}}) { totalCount } } }",
        "query($id: ID!) { project(id: $id) { id } viewer { id } }",
        "query($id: ID!) { task(id: $id) { id } }",
    ],
)
async def test_what_depends_on_more_is_never_kept(client: Client, world: World, query: str) -> None:
    await client.seen(query, id=str(world.project.id))
    assert client.store.answers == {}
    assert not client.store.outcomes


async def test_errors_are_not_kept(client: Client) -> None:
    seen = await client.seen(BOARD, id="nonsense")
    assert seen["errors"]
    assert client.store.answers == {}
