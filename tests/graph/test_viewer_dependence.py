"""Which subscriptions are executed once for all, and that all would have got the same."""

from collections.abc import Sequence

import pytest

from domain.access import Role
from domain.commands.labels import CreateLabel, create_label
from domain.commands.projects import CreateProject, create_project
from domain.commands.tasks import UpdateTask, update_task
from domain.events import ProjectEvent
from domain.identifiers import ProjectId
from graph.live_updates import LiveOperation, LiveResponses
from graph.operation import GraphRequest, GraphResponse
from tests.builders import World
from tests.graph.boards import FullBoard
from tests.graph.client import GraphClient
from tests.graph.conftest import ClientFor

PERSON = "id name createdAt"
TASK = f"""id key number title description position priority estimate dueDate version
  column {{ id name taskCount }} assignee {{ {PERSON} }} creator {{ {PERSON} }}
  labels {{ id name }} parent {{ id }} subtasks {{ id }} checklist {{ id title }}
  commentCount comments {{ totalCount nodes {{ body author {{ {PERSON} }} }} }}
  attachments {{ id }} events {{ nodes {{ seq }} }}"""
EVERYTHING = f"""subscription($id: ID!, $after: Cursor) {{
  projectEvents(projectId: $id, after: $after) {{
    ... on ProjectEvent {{
      id seq kind actor {{ {PERSON} }} task {{ {TASK} }} changes {{ field before after }}
      column {{ id }} label {{ id }} comment {{ id }} membership {{ id role user {{ {PERSON} }} }}
      project {{
        id name columns {{ id }} labels {{ id }} tasks(first: 5) {{ totalCount nodes {{ id }} }}
        members {{ role user {{ {PERSON} }} }} workspace {{ name members {{ id }} }}
      }}
    }}
  }}
}}"""


def _selecting(selection: str) -> str:
    selected = "{ ... on ProjectEvent { " + selection + " } }"
    return "subscription($id: ID!) { projectEvents(projectId: $id) " + selected + " }"


async def _operation(client: GraphClient, text: str, **variables: str) -> LiveOperation:
    request = GraphRequest(query=text, variables={**variables})
    started = await client.service.subscribe(request, client._context())
    assert isinstance(started, LiveResponses)
    await started.aclose()
    return started.operation


@pytest.fixture
async def events(world: World, board: FullBoard) -> Sequence[ProjectEvent]:
    for title in ("One", "Two"):
        await world.run(update_task, UpdateTask(task_id=board.task.id, title=title))
    return await world.events(after=0)


@pytest.mark.parametrize(
    "selection",
    [
        "seq",
        "task { title assignee { name } }",
        "project { tasks(first: 3) { totalCount } }",
        "__typename",
    ],
)  # fmt: skip
async def test_what_is_the_same_for_all_members_is_shared(
    client_for: ClientFor, world: World, selection: str
) -> None:
    text, project_id = _selecting(selection), str(world.project.id)
    operations = [await _operation(client_for(role), text, id=project_id) for role in Role]
    assert all(operation.is_shared for operation in operations)
    assert len({operation.key for operation in operations}) == 1


@pytest.mark.parametrize(
    "selection",
    [
        "actor { email }",
        "project { viewerRole }",
        "project { workspace { viewerRole } }",
        "project { tasks(filter: {assignee: {isMe: true}}) { totalCount } }",
        "...Deep } } } fragment Deep on ProjectEvent { task { creator { email",
    ],
)
async def test_what_depends_on_the_viewer_is_not_shared(
    client_for: ClientFor, world: World, selection: str
) -> None:
    text, project_id = _selecting(selection), str(world.project.id)
    operations = [await _operation(client_for(role), text, id=project_id) for role in Role]
    assert not any(operation.is_shared for operation in operations)
    assert len({operation.key for operation in operations}) == len(Role)


async def test_only_variables_that_events_need_tell_operations_apart(
    owner: GraphClient, world: World
) -> None:
    text = (
        "subscription($id: ID!, $n: Int, $after: Cursor) {"
        " projectEvents(projectId: $id, after: $after) {"
        " ... on ProjectEvent { project { tasks(first: $n) { totalCount } } } } }"
    )
    project_id = str(world.project.id)
    plain = await _operation(owner, text, id=project_id)
    request = GraphRequest(query=text, variables={"id": project_id.upper(), "after": None})
    same = await owner.service.subscribe(request, owner._context())
    assert isinstance(same, LiveResponses)
    assert same.operation.key == plain.key
    other = GraphRequest(query=text, variables={"id": project_id, "n": 3})
    different = await owner.service.subscribe(other, owner._context())
    assert isinstance(different, LiveResponses)
    assert different.operation.key != plain.key


async def test_the_shared_responses_are_those_that_each_member_would_get(
    client_for: ClientFor, world: World, events: Sequence[ProjectEvent]
) -> None:
    shared = await _operation(client_for(Role.VIEWER), EVERYTHING, id=str(world.project.id))
    assert shared.is_shared
    responses = await shared.run(events)
    for role in Role:
        assert await _one_by_one(client_for(role), EVERYTHING, world, events) == responses


async def test_many_events_in_one_pass_give_what_each_gives_alone(
    owner: GraphClient, world: World, events: Sequence[ProjectEvent]
) -> None:
    operation = await _operation(owner, EVERYTHING, id=str(world.project.id))
    together = await operation.run(events)
    alone = [response for event in events for response in await operation.run([event])]
    assert together == alone
    assert len(together) == len(events)


async def test_one_operation_executes_what_happens_in_every_project_of_the_workspace(
    owner: GraphClient, world: World, events: Sequence[ProjectEvent]
) -> None:
    made = await world.run(
        create_project, CreateProject(workspace_id=world.workspace.id, key="OPS", name="Ops")
    )
    [other_id] = made.object_ids
    await world.run(
        create_label, CreateLabel(project_id=other_id, name="Elsewhere", color="#0ea5e9")
    )
    others = await world.read_events(ProjectId(other_id))
    here = await _operation(owner, EVERYTHING, id=str(world.project.id))
    there = await _operation(owner, EVERYTHING, id=str(other_id))

    assert here.batch_key == there.batch_key
    assert here.key != there.key
    assert await here.run([*events, *others]) == [
        *await here.run(events),
        *await there.run(others),
    ]
    assert len(others) > 1


async def _one_by_one(
    client: GraphClient, text: str, world: World, events: Sequence[ProjectEvent]
) -> list[GraphResponse]:
    """The responses of an execution for this viewer alone."""
    operation = await _operation(client, text, id=str(world.project.id))
    own = [await operation.execute_events([event], operation.context.another()) for event in events]
    return [GraphResponse(data=result.data) for [result] in own]
