"""Whatever the way to an object: members see it, and nobody else learns that it exists."""

import pytest
from graphql import GraphQLInterfaceType
from sqlalchemy import delete

from domain.access import Role
from domain.commands.labels import CreateLabel, create_label
from domain.commands.tasks import UpdateTask, update_task
from domain.events import JsonValue
from graph.schema import executable_schema
from persistence.database import Database
from persistence.tables import memberships
from tests.builders import CountingIds, World, a_membership, a_user, new_id
from tests.graph.boards import FullBoard
from tests.graph.client import GraphClient
from tests.graph.conftest import ClientFor, a_graph_board, a_graph_world

NODE = "query($id: ID!) { node(id: $id) { __typename id } }"
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"

ROOTS = {
    "viewer": "{ viewer { id } }",
    "workspaces": "{ workspaces { id } }",
    "workspace": '{ workspace(slug: "demo") { id } }',
    "project": '{ project(key: "ENG") { id } }',
    "task": '{ task(key: "ENG-1") { id } }',
    "tasks": '{ tasks(workspaceSlug: "demo") { totalCount } }',
    "node": '{ node(id: "01900000-0000-7000-8000-000000000001") { id } }',
    "nodes": '{ nodes(ids: ["01900000-0000-7000-8000-000000000001"]) { id } }',
}
NODE_TYPES = [
    "Attachment", "BoardColumn", "ChecklistItem", "Comment", "Label", "Membership", "Project",
    "ProjectEvent", "Task", "User", "Workspace",
]  # fmt: skip


@pytest.fixture(scope="module")
async def world(database: Database, ids: CountingIds) -> World:
    return await a_graph_world(database, ids)


@pytest.fixture(scope="module")
async def board(world: World, database: Database) -> FullBoard:
    return await a_graph_board(world, database)


def test_the_tables_have_every_root_and_every_node() -> None:
    schema = executable_schema()
    node = schema.get_type("Node")
    assert isinstance(node, GraphQLInterfaceType)
    assert schema.query_type is not None
    # Whoever has an invitation's token may read what it says.
    assert set(ROOTS) == set(schema.query_type.fields) - {"invitation"}
    assert sorted(t.name for t in schema.get_implementations(node).objects) == NODE_TYPES


@pytest.mark.parametrize("root", ROOTS)
async def test_nobody_sees_anything_without_an_access_token(nobody: GraphClient, root: str) -> None:
    response = await nobody.execute(ROOTS[root])
    [error] = response.errors
    assert (error["extensions"], error["path"]) == ({"code": "UNAUTHENTICATED"}, [root])
    assert response.data in (None, {root: None})


@pytest.mark.parametrize("type_name", NODE_TYPES)
async def test_a_member_finds_every_node_by_its_id(
    client_for: ClientFor, board: FullBoard, type_name: str
) -> None:
    node_id = board.id_by_type[type_name]
    seen = await client_for(Role.VIEWER).data(NODE, id=node_id)
    assert seen["node"] == {"__typename": type_name, "id": node_id}


@pytest.mark.parametrize("type_name", NODE_TYPES)
async def test_a_stranger_finds_none_by_its_id(
    stranger: GraphClient, board: FullBoard, type_name: str
) -> None:
    assert await stranger.data(NODE, id=board.id_by_type[type_name]) == {"node": None}


@pytest.mark.parametrize("type_name", NODE_TYPES)
async def test_a_member_of_another_workspace_finds_none_by_its_id(
    client_for: ClientFor, board: FullBoard, other_world: World, type_name: str
) -> None:
    other = client_for(other_world.actor(Role.OWNER))
    assert await other.data(NODE, id=board.id_by_type[type_name]) == {"node": None}


async def test_nodes_come_in_the_order_of_their_ids_with_null_for_what_is_not_there(
    owner: GraphClient, board: FullBoard
) -> None:
    known = list(board.id_by_type.values())
    asked: list[JsonValue] = [str(new_id()), *known, known[0], str(new_id())]
    seen = await owner.data(NODES, ids=asked)
    found = [node and node["id"] for node in seen["nodes"]]
    assert found == [None, *known, known[0], None]


async def test_a_stranger_gets_as_many_nulls_as_ids(
    stranger: GraphClient, board: FullBoard
) -> None:
    seen = await stranger.data(NODES, ids=[*board.id_by_type.values()])
    assert seen["nodes"] == [None] * len(NODE_TYPES)


async def test_many_nodes_take_as_many_statements_as_one(
    owner: GraphClient, board: FullBoard, statements: list[str]
) -> None:
    counts = []
    sizes: list[list[JsonValue]] = [[board.id_by_type["User"]], [*board.id_by_type.values()]]
    for asked in sizes:
        statements.clear()
        await owner.data(NODES, ids=asked)
        counts.append(len(statements))
    assert counts[1] <= counts[0] <= len(NODE_TYPES) + 1


async def test_at_most_250_nodes_are_found_at_once(owner: GraphClient) -> None:
    seen = await owner.data(NODES, ids=[str(new_id())] * 250)
    assert seen["nodes"] == [None] * 250
    error = await owner.refusal(NODES, ids=[str(new_id())] * 251)
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": ["ids"]}


@pytest.mark.parametrize("malformed", ["", "x", "12", "0190", "\x00", "é" * 32, "-" * 36])
@pytest.mark.parametrize(
    ("root", "field"),
    [
        ("node(id: $id)", ["id"]),
        ("nodes(ids: [$id])", ["ids", "0"]),
        ("project(id: $id)", ["id"]),
        ("task(id: $id)", ["id"]),
    ],
)
async def test_a_malformed_id_is_bad_input(
    owner: GraphClient, root: str, field: list[str], malformed: str
) -> None:
    response = await owner.execute(f"query($id: ID!) {{ {root} {{ id }} }}", {"id": malformed})
    [error] = response.errors
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": field}
    assert error["message"] == "Not an ID: must be a UUID."


@pytest.mark.parametrize("root", ["project", "task"])
async def test_an_unknown_id_is_null(owner: GraphClient, root: str) -> None:
    seen = await owner.data(f"query($id: ID!) {{ {root}(id: $id) {{ id }} }}", id=str(new_id()))
    assert seen == {root: None}


async def test_an_id_without_hyphens_or_in_capitals_is_the_same_id(
    owner: GraphClient, board: FullBoard
) -> None:
    for written in (board.task.id.hex, str(board.task.id).upper()):
        seen = await owner.data("query($id: ID!) { task(id: $id) { id } }", id=written)
        assert seen["task"]["id"] == str(board.task.id)


KEYS = """query($slug: String!) {
  workspace(slug: $slug) { id }
  project(key: "ENG", workspaceSlug: $slug) { id }
  task(key: "ENG-1", workspaceSlug: $slug) { id title }
}"""


async def test_a_member_finds_things_by_their_names(
    client_for: ClientFor, board: FullBoard
) -> None:
    seen = await client_for(Role.VIEWER).data(KEYS, slug=board.world.workspace.slug)
    assert seen["workspace"]["id"] == str(board.world.workspace.id)
    assert seen["project"]["id"] == str(board.world.project.id)
    assert seen["task"] == {"id": str(board.task.id), "title": "Weave"}


async def test_a_stranger_finds_nothing_by_its_name(
    stranger: GraphClient, board: FullBoard
) -> None:
    seen = await stranger.data(KEYS, slug=board.world.workspace.slug)
    assert seen == {"workspace": None, "project": None, "task": None}
    assert await stranger.data("{ workspaces { id } }") == {"workspaces": []}


async def test_the_tasks_of_a_workspace_one_can_not_see_are_those_of_none(
    stranger: GraphClient, board: FullBoard
) -> None:
    text = "query($slug: String!) { tasks(workspaceSlug: $slug) { totalCount } }"
    there = await stranger.refusal(text, slug=board.world.workspace.slug)
    nowhere = await stranger.refusal(text, slug="no-such-workspace")
    assert there == nowhere
    assert there["extensions"] == {"code": "NOT_FOUND", "field": ["workspaceSlug"]}


@pytest.mark.parametrize("root", ["project(key: $key)", "task(key: $key)"])
async def test_a_key_of_several_workspaces_needs_the_workspace(
    client_for: ClientFor, board: FullBoard, other_world: World, root: str
) -> None:
    await other_world.add_task()
    person = a_user()
    async with other_world.transaction() as work:
        await work.users.add(person)
        await work.memberships.add(
            a_membership(other_world.workspace, person), a_membership(board.world.workspace, person)
        )
        await work.commit()
    key = "ENG" if root.startswith("project") else "ENG-1"
    text = f"query($key: String) {{ {root} {{ id }} }}"
    response = await client_for(person.id).execute(text, {"key": key})
    [error] = response.errors
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": ["workspaceSlug"]}
    seen = await client_for(person.id).data(KEYS, slug=other_world.workspace.slug)
    assert seen["project"]["id"] == str(other_world.project.id)


@pytest.mark.parametrize("root", ["project", "task"])
async def test_an_id_or_a_key_must_be_named(owner: GraphClient, root: str) -> None:
    response = await owner.execute(f"{{ {root} {{ id }} }}")
    [error] = response.errors
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": ["key"]}


PEOPLE = """query($id: ID!) { task(id: $id) { assignee { name email } creator { name email } } }"""


async def test_the_address_of_who_left_the_workspace_is_hidden(
    owner: GraphClient, board: FullBoard, database: Database
) -> None:
    left = a_user(name="Left", email=f"{new_id()}@example.com")
    async with board.world.transaction() as work:
        await work.users.add(left)
        await work.memberships.add(a_membership(board.world.workspace, left))
        await work.commit()
    await board.world.run(update_task, UpdateTask(task_id=board.task.id, assignee_id=left.id))
    seen = await owner.data(PEOPLE, id=str(board.task.id))
    assert seen["task"]["assignee"] == {"name": "Left", "email": left.email}
    async with database.transaction() as connection:
        await connection.execute(delete(memberships).where(memberships.c.user_id == left.id))
    seen = await owner.data(PEOPLE, id=str(board.task.id))
    assert seen["task"]["assignee"] == {"name": "Left", "email": None}
    assert await owner.data(NODE, id=str(left.id)) == {"node": None}


async def test_the_labels_of_a_workspace_are_those_of_its_projects_alone(
    client_for: ClientFor, database: Database, ids: CountingIds, other_world: World
) -> None:
    await other_world.run(
        create_label,
        CreateLabel(project_id=other_world.project.id, name="Secret", color="#000000"),
    )
    mine = await a_graph_world(database, ids)
    await mine.add_label("Bug")
    seen = await client_for(mine.actor(Role.OWNER)).data(
        "{ workspaces { labels { name } members { user { name } } } }"
    )
    [workspace] = seen["workspaces"]
    assert workspace["labels"] == [{"name": "Bug"}]
    names = {member["user"]["name"] for member in workspace["members"]}
    assert names == {"Owner", "Admin", "Member", "Viewer"}


@pytest.mark.parametrize("role", Role)
async def test_everybody_learns_their_own_role(
    client_for: ClientFor, board: FullBoard, role: Role
) -> None:
    seen = await client_for(role).data(
        "query($id: ID!) { project(id: $id) { viewerRole workspace { viewerRole } } }",
        id=str(board.world.project.id),
    )
    assert seen["project"] == {"viewerRole": role.value, "workspace": {"viewerRole": role.value}}


async def test_a_deleted_account_has_to_sign_in_again(client_for: ClientFor) -> None:
    error = await client_for(a_user().id).refusal("{ viewer { id } }")
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
