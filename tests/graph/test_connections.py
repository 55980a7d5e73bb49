"""Every connection of the schema: pages, bounds, cursors and totals."""

from dataclasses import dataclass
from typing import Any

import pytest

from domain.access import Role
from domain.commands.projects import (
    ArchiveProject,
    CreateProject,
    archive_project,
    create_project,
)
from domain.events import Cursor, JsonValue
from domain.identifiers import ProjectId
from graph.scalars import encode_cursor
from persistence.database import Database
from tests.builders import CountingIds, World, a_task, new_id
from tests.graph.client import GraphClient
from tests.graph.conftest import ClientFor, a_graph_world

ITEMS = 12
PAGE = """totalCount edges { cursor node { id } } nodes { id }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Where a connection is found, and the type of its cursors."""

    path: tuple[str, ...]
    query: str
    cursor: str = "String"


CONNECTIONS = {
    "Query.tasks": Connection(path=("tasks",), query="tasks(workspaceSlug: $slug, %s) { %s }"),
    "Workspace.projects": Connection(
        path=("workspace", "projects"), query="workspace(slug: $slug) { projects(%s) { %s } }"
    ),
    "Project.tasks": Connection(
        path=("project", "tasks"), query="project(id: $project) { tasks(%s) { %s } }"
    ),
    "Project.events": Connection(
        path=("project", "events"),
        query="project(id: $project) { events(%s) { %s } }",
        cursor="Cursor",
    ),
    "BoardColumn.tasks": Connection(
        path=("node", "tasks"),
        query="node(id: $column) { ... on BoardColumn { tasks(%s) { %s } } }",
    ),
    "Task.comments": Connection(
        path=("task", "comments"), query="task(id: $task) { comments(%s) { %s } }"
    ),
    "Task.events": Connection(
        path=("task", "events"), query="task(id: $task) { events(%s) { %s } }", cursor="Cursor"
    ),
}
# ProjectEvent.seq is an Int, so no event stands there.
TOO_FAR = encode_cursor(Cursor(ProjectId(new_id()), 2**31))
EVENTS = [name for name, connection in CONNECTIONS.items() if connection.cursor == "Cursor"]
OTHERS = [name for name in CONNECTIONS if name not in EVENTS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads pages of one of the connections."""

    client: GraphClient
    parents: dict[str, str]

    def _text(self, name: str) -> str:
        connection = CONNECTIONS[name]
        given = "first: $first, after: $after, last: $last, before: $before"
        text = connection.query % (given, PAGE)
        types = {
            "slug": "String!",
            **dict.fromkeys(("project", "column", "task"), "ID!"),
            **dict.fromkeys(("first", "last"), "Int"),
            **dict.fromkeys(("after", "before"), connection.cursor),
        }
        declared = ", ".join(f"${key}: {types[key]}" for key in types if f"${key}" in text)
        return f"query({declared}) {{ {text} }}"

    async def page(self, name: str, **said: Any) -> Any:  # noqa: ANN401 - JSON
        """A page of the connection."""
        found: Any = await self.client.data(self._text(name), **self.parents, **said)
        for key in CONNECTIONS[name].path:
            found = found[key]
        assert [edge["node"] for edge in found["edges"]] == found["nodes"]
        cursors = [edge["cursor"] for edge in found["edges"]] or [None]
        info = found["pageInfo"]
        assert (info["startCursor"], info["endCursor"]) == (cursors[0], cursors[-1])
        return found

    async def refusal(self, name: str, **said: Any) -> Any:  # noqa: ANN401 - JSON
        """The only error of a page that is refused."""
        response = await self.client.execute(self._text(name), {**self.parents, **said})
        [error] = response.errors
        return error


@pytest.fixture(scope="module")
async def world(database: Database, ids: CountingIds) -> World:
    return await a_graph_world(database, ids)


@pytest.fixture(scope="module")
async def parents(world: World) -> dict[str, str]:
    """The ids of parents that each have some items in every connection."""
    async with world.transaction() as work:
        await work.tasks.add(
            *(a_task(world.to_do, number=100 + n, position=f"a{n:03}V") for n in range(ITEMS - 1))
        )
        await work.commit()
    task = await world.add_task(column=world.to_do)
    for number in range(ITEMS):
        await world.add_comment(task, f"Comment {number}")
    for number in range(ITEMS - 1):
        await world.run(
            create_project,
            CreateProject(workspace_id=world.workspace.id, key=f"P{number}", name="Same"),
        )
    return {
        "slug": world.workspace.slug,
        "project": str(world.project.id),
        "column": str(world.to_do.id),
        "task": str(task.id),
    }


@pytest.fixture
def reader(owner: GraphClient, parents: dict[str, str]) -> Reader:
    return Reader(client=owner, parents=parents)


@pytest.mark.parametrize("size", [1, 5, 12])
@pytest.mark.parametrize("name", CONNECTIONS)
async def test_walking_forward_meets_everything_once(reader: Reader, name: str, size: int) -> None:
    whole = await reader.page(name, first=250)
    assert whole["totalCount"] == len(whole["nodes"]) >= ITEMS
    assert whole["pageInfo"]["hasNextPage"] is whole["pageInfo"]["hasPreviousPage"] is False
    page = await reader.page(name, first=size)
    walked = page["nodes"]
    while page["pageInfo"]["hasNextPage"]:
        page = await reader.page(name, first=size, after=page["pageInfo"]["endCursor"])
        assert page["pageInfo"]["hasPreviousPage"]
        assert page["totalCount"] == whole["totalCount"]
        walked += page["nodes"]
    assert walked == whole["nodes"]


@pytest.mark.parametrize("size", [1, 5, 12])
@pytest.mark.parametrize("name", CONNECTIONS)
async def test_walking_backward_meets_everything_once(reader: Reader, name: str, size: int) -> None:
    whole = await reader.page(name, first=250)
    page = await reader.page(name, last=size)
    walked = page["nodes"]
    while page["pageInfo"]["hasPreviousPage"]:
        page = await reader.page(name, last=size, before=page["pageInfo"]["startCursor"])
        assert page["pageInfo"]["hasNextPage"]
        walked = page["nodes"] + walked
    assert walked == whole["nodes"]


@pytest.mark.parametrize("name", CONNECTIONS)
async def test_a_page_of_nothing_still_counts(reader: Reader, name: str) -> None:
    page = await reader.page(name, first=0)
    assert page["nodes"] == []
    assert page["totalCount"] >= ITEMS
    assert page["pageInfo"]["hasNextPage"]


@pytest.mark.parametrize("name", CONNECTIONS)
async def test_a_page_has_fifty_items_unless_told(reader: Reader, name: str) -> None:
    page = await reader.page(name)
    assert len(page["nodes"]) == min(50, page["totalCount"])


@pytest.mark.parametrize("argument", ["first", "last"])
@pytest.mark.parametrize("name", CONNECTIONS)
async def test_a_page_has_0_to_250_items(reader: Reader, name: str, argument: str) -> None:
    for size in (-1, 251, 2**31 - 1, -(2**31)):
        error = await reader.refusal(name, **{argument: size})
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": [argument]}
        assert error["message"] == "Must be between 0 and 250."


@pytest.mark.parametrize("name", CONNECTIONS)
async def test_a_page_is_asked_for_from_one_end(reader: Reader, name: str) -> None:
    error = await reader.refusal(name, first=1, last=1)
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": ["last"]}


@pytest.mark.parametrize("bound", ["after", "before"])
@pytest.mark.parametrize("name", OTHERS)
async def test_what_is_no_cursor_is_refused(reader: Reader, name: str, bound: str) -> None:
    for forged in ("", "x", "W10", "W251bGxd", "\x00", "é", "A" * 5_000):
        error = await reader.refusal(name, **{bound: forged})
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": [bound]}


@pytest.mark.parametrize("bound", ["after", "before"])
@pytest.mark.parametrize("name", EVENTS)
async def test_what_is_no_position_is_refused(reader: Reader, name: str, bound: str) -> None:
    positions: list[JsonValue] = [
        "",
        "x",
        "W10",
        "\x00",
        "é",
        "A" * 31,
        "_" * 32,
        12,
        [],
        {},
        TOO_FAR,
    ]
    for forged in positions:
        error = await reader.refusal(name, **{bound: forged})
        assert error["extensions"] == {"code": "BAD_USER_INPUT"}


@pytest.mark.parametrize("bound", ["after", "before"])
@pytest.mark.parametrize("name", EVENTS)
async def test_a_position_in_another_project_is_refused(
    reader: Reader, name: str, bound: str
) -> None:
    foreign = encode_cursor(Cursor(ProjectId(new_id()), 3))
    error = await reader.refusal(name, **{bound: foreign})
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": ["after"]}


@pytest.mark.parametrize("name", EVENTS)
async def test_a_position_beyond_the_log_has_nothing_behind_it(
    reader: Reader, world: World, name: str
) -> None:
    for seq in (10**6, 2**31 - 1):
        beyond = encode_cursor(Cursor(world.project.id, seq))
        page = await reader.page(name, first=5, after=beyond)
        assert page["nodes"] == []
        page = await reader.page(name, last=1, before=beyond)
        assert len(page["nodes"]) == 1


async def test_the_cursor_of_an_order_is_refused_by_another(
    owner: GraphClient, parents: dict[str, str]
) -> None:
    text = """query($slug: String!, $by: TaskOrderField!, $after: String) {
      tasks(workspaceSlug: $slug, first: 2, orderBy: [{ field: $by }], after: $after) {
        pageInfo { endCursor }
      }
    }"""
    slug = parents["slug"]
    page = await owner.data(text, slug=slug, by="DUE_DATE")
    cursor = page["tasks"]["pageInfo"]["endCursor"]
    error = await owner.refusal(text, slug=slug, by="NUMBER", after=cursor)
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": ["after"]}


async def test_the_log_of_a_project_is_read_from_its_cursor(
    owner: GraphClient, reader: Reader, world: World
) -> None:
    text = "query($id: ID!) { project(id: $id) { cursor } }"
    cursor = (await owner.data(text, id=str(world.project.id)))["project"]["cursor"]
    page = await reader.page("Project.events", last=1)
    assert page["pageInfo"]["endCursor"] == cursor
    assert (await reader.page("Project.events", after=cursor))["nodes"] == []


async def test_pages_of_many_parents_are_their_own(
    owner: GraphClient, world: World, parents: dict[str, str]
) -> None:
    text = """query($slug: String!) { workspace(slug: $slug) { projects(first: 9) { nodes {
      id tasks(first: 2) { totalCount nodes { project { id } } pageInfo { hasNextPage } }
    } } } }"""
    seen = await owner.data(text, slug=parents["slug"])
    for project in seen["workspace"]["projects"]["nodes"]:
        is_full = project["id"] == str(world.project.id)
        assert project["tasks"]["totalCount"] == (ITEMS if is_full else 0)
        assert project["tasks"]["pageInfo"]["hasNextPage"] is is_full
        assert [t["project"]["id"] for t in project["tasks"]["nodes"]] == (
            [project["id"]] * 2 if is_full else []
        )


async def test_archived_projects_are_listed_when_asked_for(
    database: Database, ids: CountingIds, client_for: ClientFor
) -> None:
    mine = await a_graph_world(database, ids)
    await mine.run(archive_project, ArchiveProject(project_id=mine.project.id))
    text = """query($slug: String!, $all: Boolean!) { workspace(slug: $slug) {
      projects(includeArchived: $all) { totalCount nodes { archivedAt } }
    } }"""
    client = client_for(mine.actor(Role.VIEWER))
    for includes, count in ((False, 0), (True, 1)):
        seen = await client.data(text, slug=mine.workspace.slug, all=includes)
        assert seen["workspace"]["projects"]["totalCount"] == count
        assert len(seen["workspace"]["projects"]["nodes"]) == count
