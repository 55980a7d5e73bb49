"""How many SQL statements a query takes: as many for many parents as for one."""

from dataclasses import replace
from typing import Any

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
)

from domain.access import Role
from domain.commands.checklists import CreateChecklistItem, create_checklist_item
from domain.commands.columns import CreateColumn, create_column
from domain.commands.invitations import InviteMember, invite_member
from domain.commands.projects import CreateProject, create_project
from domain.entities import ColumnCategory
from graph.relations import RELATION, Relation
from graph.schema import SCHEMA, executable_schema
from graph.service import GraphService
from persistence.brief_work import brief_work_factory
from persistence.database import Database
from persistence.unit_of_work import unit_of_work_factory
from tests.builders import CountingIds, World, a_task, a_user, a_world
from tests.graph.boards import FullBoard, add_attachment
from tests.graph.client import GraphClient
from tests.graph.conftest import ClientFor, a_client
from tests.graph.memory_presence import MemoryPresence, a_presence_snapshot
from tests.persistence.recorded_events import EventTable

BOARD = """query Board($id: ID!) {
  project(id: $id) {
    id key name cursor viewerRole
    workspace { id name }
    labels { id name color }
    members { role user { id name email } }
    columns {
      id name category wipLimit taskCount
      tasks(first: 250) {
        totalCount
        pageInfo { hasNextPage endCursor }
        nodes {
          id key title priority dueDate version commentCount
          assignee { id name } creator { id }
          labels { id name color }
          parent { id key }
          checklist { id isCompleted }
        }
      }
    }
  }
}"""
BOARD_STATEMENTS_MAX = 12

# The type's objects for which a list field is asked, many at once, from the root.
PARENTS = {
    "Workspace": "workspaces",
    "Membership": "workspaces { members",
    "Invitation": "workspaces { invitations",
    "User": "workspaces { members { user",
    "Project": "workspaces { projects(first: 9) { nodes",
    "BoardColumn": "workspaces { projects(first: 9) { nodes { columns",
    "Label": "workspaces { labels",
    "Task": "tasks(workspaceSlug: $slug, first: 250) { nodes",
    "ChecklistItem": "tasks(workspaceSlug: $slug, first: 250) { nodes { checklist",
    "Attachment": "tasks(workspaceSlug: $slug, first: 250) { nodes { attachments",
    "Comment": "tasks(workspaceSlug: $slug, first: 250) { nodes { comments { nodes",
    "ProjectEvent": "workspaces { projects(first: 9) { nodes { events(first: 99) { nodes",
    "TaskConnection": "workspaces { projects(first: 9) { nodes { columns { tasks",
    "ProjectConnection": "workspaces { projects",
    "CommentConnection": "tasks(workspaceSlug: $slug, first: 250) { nodes { comments",
    "ProjectEventConnection": "tasks(workspaceSlug: $slug, first: 250) { nodes { events",
}
# Those of which no query tells, and how a subscription reaches them.
LIVE_PARENTS = {
    "PresenceUpdate": "presence(projectId: $id)",
    "PresentMember": "presence(projectId: $id) { members",
}


def _relations() -> list[tuple[str, str, bool]]:
    """The fields that a loader answers, as (type, GraphQL name, whether it is a leaf)."""
    found = []
    for name, shown in executable_schema().type_map.items():
        if not isinstance(shown, GraphQLObjectType):
            continue
        definition = SCHEMA.get_type_by_name(name)
        for field in getattr(definition, "fields", ()):
            if RELATION in field.metadata:
                key = SCHEMA.config.name_converter.get_graphql_name(field)
                is_leaf = is_leaf_type(get_named_type(shown.fields[key].type))
                found.append((name, key, is_leaf))
    return found


RELATIONS = _relations()
QUERIED = [found for found in RELATIONS if found[0] in PARENTS]
LIVE = [found for found in RELATIONS if found[0] in LIVE_PARENTS]


def _query(path: str, field: str, *, is_leaf: bool) -> str:
    selected = field if is_leaf else f"{field} {{ __typename }}"
    closing = "}" * (path.count("{") + 2)
    declared = "query($slug: String!)" if "$slug" in path else "query"
    return f"{declared} {{ {path} {{ {selected} {closing}"


def test_every_type_with_relations_has_a_path_to_many_of_its_objects() -> None:
    assert {name for name, _, _ in RELATIONS} <= set(PARENTS) | set(LIVE_PARENTS)
    assert len(RELATIONS) > 35


def test_every_field_that_selects_objects_is_a_relation_or_part_of_its_source() -> None:
    plain = {
        f"{shown.name}.{key}"
        for shown in executable_schema().type_map.values()
        if isinstance(shown, GraphQLObjectType)
        and not shown.name.startswith("__")
        and not shown.name.endswith(("Payload", "Edge", "Connection"))
        and shown.name not in ("Query", "Mutation", "Subscription")
        for key, field in shown.fields.items()
        if isinstance(get_named_type(field.type), GraphQLObjectType | GraphQLInterfaceType)
    }
    related = {f"{name}.{key}" for name, key, _ in RELATIONS}
    assert plain - related == {"ProjectEvent.changes", "PresenceUpdate.members"}


def test_relations_are_declared_on_the_fields_where_an_executor_finds_them() -> None:
    definition = SCHEMA.get_type_by_name("Task")
    [assignee] = [f for f in getattr(definition, "fields", ()) if f.python_name == "assignee"]
    declared = assignee.metadata[RELATION]
    assert isinstance(declared, Relation)
    assert declared.loader.__name__ == "UserByIdLoader"
    task = a_task(assignee_id=a_user().id)
    assert declared.key(task) == task.assignee_id


async def test_a_board_takes_as_many_statements_for_two_hundred_tasks_as_for_five(
    owner: GraphClient, world: World, statements: list[str]
) -> None:
    counts: list[int] = []
    for total in (5, 200):
        await _add_plain_tasks(world, total)
        statements.clear()
        seen = await owner.data(BOARD, id=str(world.project.id))
        counts.append(len(statements))
        columns = seen["project"]["columns"]
        assert sum(len(c["tasks"]["nodes"]) for c in columns) == total
        assert sum(c["tasks"]["totalCount"] for c in columns) == total
    assert counts[0] == counts[1] <= BOARD_STATEMENTS_MAX


async def test_a_move_and_what_its_answer_shows_of_the_task_take_two_statements(
    database: Database,
    service: GraphService,
    world: World,
    board: FullBoard,
    statements: list[str],
) -> None:
    brief = replace(world.bus, brief_work=brief_work_factory(database))
    mover = a_client(replace(world, bus=brief), Role.OWNER, database=database, service=service)
    moved = {"taskId": str(board.task.id), "columnId": str(world.done.id)}
    shown = (
        "version column { id name } assignee { name } creator { email } labels { name }"
        " commentCount"
    )
    statements.clear()
    payload = await mover.run("taskMove", moved, f"task {{ {shown} }}")
    assert len(statements) == 2

    read = await mover.data(
        f"query($id: ID!) {{ task(id: $id) {{ {shown} }} }}", id=moved["taskId"]
    )
    assert payload["errors"] == []
    assert payload["task"] == read["task"]


async def test_a_move_shows_all_of_its_column_where_the_log_leads_to_it(
    database: Database, service: GraphService, world: World, board: FullBoard
) -> None:
    brief = replace(world.bus, brief_work=brief_work_factory(database))
    mover = a_client(replace(world, bus=brief), Role.OWNER, database=database, service=service)
    moved = {"taskId": str(board.task.id), "columnId": str(world.done.id)}
    log = "events(first: 50) { nodes { column { id name createdAt } } }"
    # No column of a task is asked for, so the move itself reads little of it.
    shown = f"task {{ commentCount events(first: 1) {{ nodes {{ project {{ {log} }} }} }} }}"
    payload = await mover.run("taskMove", moved, shown)
    assert payload["errors"] == []
    [event] = payload["task"]["events"]["nodes"]
    told = [node["column"] for node in event["project"]["events"]["nodes"] if node["column"]]
    assert world.done.name in [column["name"] for column in told]


async def test_a_board_takes_as_many_statements_for_eight_columns_as_for_five(
    owner: GraphClient, world: World, statements: list[str]
) -> None:
    await _add_plain_tasks(world, 5)
    counts: list[int] = []
    for added in (0, 3):
        for _ in range(added):
            await _add_column(world)
        statements.clear()
        seen = await owner.data(BOARD, id=str(world.project.id))
        counts.append(len(statements))
        assert len(seen["project"]["columns"]) == 5 + added
    assert counts[0] == counts[1]


@pytest.fixture(scope="module")
async def worlds(database: Database, ids: CountingIds) -> list[World]:
    """Two workspaces: one with a few of everything, one with more."""
    made = []
    for size in (1, 4):
        world = await a_world(unit_of_work_factory(database), EventTable(database).read, ids=ids)
        await _fill(world, size)
        made.append(world)
    return made


@pytest.mark.parametrize(
    ("type_name", "field", "is_leaf"), QUERIED, ids=[f"{t}.{f}" for t, f, _ in QUERIED]
)
async def test_a_relation_takes_as_many_statements_for_many_parents_as_for_few(  # noqa: PLR0913
    worlds: list[World],
    database: Database,
    service: GraphService,
    statements: list[str],
    type_name: str,
    field: str,
    *,
    is_leaf: bool,
) -> None:
    counts, parents = [], []
    for world in worlds:
        client = a_client(world, Role.OWNER, database=database, service=service)
        statements.clear()
        path = PARENTS[type_name]
        said = {"slug": world.workspace.slug} if "$slug" in path else {}
        seen = await client.data(_query(path, field, is_leaf=is_leaf), **said)
        counts.append(len(statements))
        parents.append(len(_values(seen, field)))
    assert 0 < counts[0] == counts[1]
    assert parents[0] <= parents[1] != 0


@pytest.mark.parametrize(
    ("type_name", "field", "is_leaf"), LIVE, ids=[f"{t}.{f}" for t, f, _ in LIVE]
)
async def test_a_relation_of_an_update_takes_as_many_statements_for_many_people_as_for_one(  # noqa: PLR0913
    board: FullBoard,
    client_for: ClientFor,
    presence: MemoryPresence,
    statements: list[str],
    type_name: str,
    field: str,
    *,
    is_leaf: bool,
) -> None:
    people = [board.world.actor(role) for role in (Role.OWNER, Role.MEMBER, Role.VIEWER)]
    path = f"subscription($id: ID!) {{ {LIVE_PARENTS[type_name]} {{ {field}"
    query = path + ("" if is_leaf else " { __typename }") + "}" * path.count("{")
    counts = []
    for present in (people[:1], people):
        client = client_for(Role.OWNER)
        async with client.subscribed(query, id=str(board.world.project.id)) as responses:
            statements.clear()
            presence.told.put_nowait(a_presence_snapshot(board, *present, dragged=True))
            response = await anext(responses)
        assert response.errors == ()
        counts.append(len(statements))
        values = _values(response.data, field)
        assert len(values) == (len(present) if type_name == "PresentMember" else 1)
        assert all(values)
    assert 0 < counts[0] == counts[1]


def _values(seen: Any, field: str) -> list[Any]:  # noqa: ANN401 - JSON of any shape
    """Every value of the field, however deep it lies."""
    match seen:
        case dict():
            return [seen[field]] if field in seen else _values(list(seen.values()), field)
        case list():
            return [value for item in seen for value in _values(item, field)]
        case _:
            return []


async def _fill(world: World, size: int) -> None:
    """More of everything that can be the parent of something."""
    labels = [await world.add_label(f"Label {number}") for number in range(size)]
    for number in range(size):
        await _add_column(world)
        await world.run(
            create_project,
            CreateProject(workspace_id=world.workspace.id, key=f"P{number}", name="More"),
        )
        task = await world.add_task("Whole", column=world.columns[number], labels=labels)
        part = await world.add_task("Part", column=world.columns[number], parent=task)
        await world.add_comment(part, parent=await world.add_comment(part))
        await world.run(create_checklist_item, CreateChecklistItem(task_id=part.id, title="Step"))
        await add_attachment(world, part)
        invited = InviteMember(
            workspace_id=world.workspace.id, email=f"n{number}@example.test", role=Role.MEMBER
        )
        await world.run(invite_member, invited)


async def _add_column(world: World) -> None:
    command = CreateColumn(
        project_id=world.project.id, name="More", category=ColumnCategory.STARTED
    )
    await world.run(create_column, command)


async def _add_plain_tasks(world: World, total: int) -> None:
    """Tasks until the board has so many, written without commands, which would take long."""
    async with world.transaction() as work:
        there = [len(await work.tasks_in_column(column.id)) for column in world.columns]
        new = [
            a_task(
                world.columns[number % len(world.columns)],
                number=number + 1,
                position=f"a{number:04}",
                assignee_id=world.actor(Role.MEMBER),
            )
            for number in range(sum(there), total)
        ]
        await work.tasks.add(*new)
        await work.commit()
