"""What an operation selects, found once, and the reads that follow from it."""

from graphql import OperationDefinitionNode, parse

from domain.access import Role
from domain.commands.tasks import UpdateTask, update_task
from graph.engine import fragments_of
from graph.schema import executable_schema
from graph.selected_fields import SelectedFields
from tests.builders import World
from tests.graph.client import GraphClient


def _selected(text: str) -> SelectedFields:
    document = parse(text)
    [operation] = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    return SelectedFields.of(executable_schema(), operation, fragments_of(document))


def test_names_are_gathered_from_every_path_and_fragment() -> None:
    selected = _selected("""
        query { task(id: "1") { title parent { ...Part } ... on Task { dueDate } } }
        fragment Part on Task { number parent { ...Part2 } }
        fragment Part2 on Task { version }
    """)
    assert selected.names("Task") == {"title", "parent", "dueDate", "number", "version"}
    assert selected.attributes("Task") == frozenset(
        {"title", "parent_id", "due_date", "number", "version"}
    )


def test_what_an_interface_is_asked_for_counts_for_its_types() -> None:
    selected = _selected('{ node(id: "1") { id __typename ... on Label { name } } }')
    assert selected.attributes("Label") == frozenset({"id", "name"})
    assert selected.attributes("Task") == frozenset({"id"})


def test_a_field_that_is_computed_may_read_any_attribute() -> None:
    assert _selected('{ project(id: "1") { cursor } }').attributes("Project") is None


def test_where_nothing_is_known_everything_is_read() -> None:
    selected = SelectedFields.everything()
    assert selected.attributes("Task") is None
    assert selected.names("Task") == frozenset()


def test_relations_are_told_with_their_types() -> None:
    selected = _selected('{ task(id: "1") { title labels { name project { name } } } }')
    assert selected.relations() == {("Task", "labels"), ("Label", "project")}


_TASK = """query($id: ID!) { task(id: $id) {
  id title description commentCount assignee { id name email } creator { name }
  column { name } project { key name } labels { name color }
} }"""
_BOARD = """query($id: ID!) { project(id: $id) { name cursor columns { name tasks(first: 9) {
  nodes { title assignee { name } labels { name } commentCount } } } } }"""


async def test_a_task_with_all_its_relations_takes_one_statement(
    owner: GraphClient, world: World, statements: list[str]
) -> None:
    label = await world.add_label("Loom")
    task = await world.add_task("Warp", labels=[label])
    assignee_id = world.actor(Role.MEMBER)
    await world.run(update_task, UpdateTask(task_id=task.id, assignee_id=assignee_id))
    await world.add_comment(task)
    statements.clear()
    seen = (await owner.data(_TASK, id=str(task.id)))["task"]
    assert len(statements) == 1
    assert seen["assignee"]["id"] == str(assignee_id)
    assert (seen["column"], seen["labels"]) == (
        {"name": world.to_do.name},
        [{"name": "Loom", "color": label.color}],
    )
    assert seen["commentCount"] == 1


async def test_a_board_takes_four_statements_and_fetches_no_descriptions(
    owner: GraphClient, world: World, statements: list[str]
) -> None:
    task = await world.add_task("Warp", labels=[await world.add_label("Loom")])
    await world.run(update_task, UpdateTask(task_id=task.id, assignee_id=world.actor(Role.ADMIN)))
    statements.clear()
    await owner.data(_BOARD, id=str(world.project.id))
    assert len(statements) == 4
    assert not any("tasks.description" in sql for sql in statements)


async def test_lookups_of_one_kind_share_a_statement(
    owner: GraphClient, world: World, statements: list[str]
) -> None:
    first, second = await world.add_tasks(2)
    statements.clear()
    query = "query($a: ID!, $b: ID!) { a: task(id: $a) { title } b: task(id: $b) { title } }"
    seen = await owner.data(query, a=str(first.id), b=str(second.id))
    assert [seen["a"]["title"], seen["b"]["title"]] == [first.title, second.title]
    assert len(statements) == 1
