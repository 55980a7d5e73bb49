from datetime import date

import pytest

from domain import field_rules
from domain.access import Role
from domain.commands.projects import CreateProject, create_project
from domain.commands.tasks import (
    LABELS_PER_TASK,
    CreateTask,
    create_task,
)
from domain.entities import Priority
from domain.errors import (
    AlreadyExists,
    Archived,
    ErrorCode,
    InvalidInput,
    InvalidMove,
    LimitExceeded,
    NotFound,
    UserError,
)
from domain.events import ProjectEventKind
from tests.builders import TRACE_PARENT, World, a_column, new_id, told


async def test_a_new_task_has_the_next_number_and_the_last_place(world: World) -> None:
    first, second = await world.add_task("One"), await world.add_task("Two")
    assert (first.number, first.key, first.version) == (1, "ENG-1", 1)
    assert (second.number, second.key) == (2, "ENG-2")
    assert first.creator_id == world.actor(Role.OWNER)
    assert await world.titles_in(world.to_do) == ["One", "Two"]
    assert await world.task(second.id) == second


async def test_a_new_task_keeps_everything_that_was_said_of_it(world: World) -> None:
    parent, label = await world.add_task("Parent"), await world.add_label("Bug")
    first = await world.add_task("First")
    member = world.actor(Role.MEMBER)
    command = CreateTask(
        id=new_id(),
        project_id=world.project.id,
        column_id=world.to_do.id,
        title="  Ship \n it ",
        description="# Why\n",
        priority=Priority.HIGH,
        assignee_id=member,
        label_ids=(label.id, label.id),
        due_date=date(2026, 3, 4),
        estimate=5,
        parent_id=parent.id,
        before_task_id=first.id,
    )
    task = await world.do(create_task, command)
    assert task.id == command.id
    assert (task.title, task.description, task.priority) == ("Ship it", "# Why\n", Priority.HIGH)
    assert (task.assignee_id, task.due_date, task.estimate) == (member, date(2026, 3, 4), 5)
    assert task.parent_id == parent.id
    assert await world.titles_in(world.to_do) == ["Parent", "Ship it", "First"]
    event = await world.last_event()
    assert told(event)["labelIds"] == ([], [str(label.id)])


async def test_creating_a_task_is_one_event_that_tells_it_whole(world: World) -> None:
    world.clock.advance()
    outcome = await world.run(
        create_task,
        CreateTask(
            project_id=world.project.id,
            column_id=world.in_progress.id,
            title="Weave",
            client_mutation_id="tab-7",
        ),
        by=Role.MEMBER,
    )
    [event] = await world.events()
    task = await world.task(outcome.object_ids[0])
    assert event.kind is ProjectEventKind.TASK_CREATED
    assert (event.subject_id, event.task_id, event.project_id) == (
        task.id,
        task.id,
        world.project.id,
    )
    assert event.workspace_id == world.workspace.id
    assert event.actor_id == world.actor(Role.MEMBER)
    assert event.client_mutation_id == "tab-7"
    assert event.trace_parent == TRACE_PARENT
    assert event.occurred_at == task.created_at == task.updated_at == world.clock.now()
    assert outcome.cursor is not None
    assert (outcome.cursor.project_id, outcome.cursor.seq) == (world.project.id, event.seq)
    assert {name: after for name, (_, after) in told(event).items()} == {
        "columnId": str(world.in_progress.id),
        "number": 1,
        "key": "ENG-1",
        "title": "Weave",
        "description": "",
        "position": "a0",
        "priority": "NONE",
        "creatorId": str(world.actor(Role.MEMBER)),
        "startedAt": "2026-01-05T09:00:02Z",
    }


async def test_an_id_that_is_taken_is_refused(world: World) -> None:
    task = await world.add_task()
    command = CreateTask(
        id=task.id, project_id=world.project.id, column_id=world.to_do.id, title="Again"
    )
    with pytest.raises(AlreadyExists) as refusal:
        await world.run(create_task, command)
    assert refusal.value.field == ("id",)
    assert refusal.value.code is ErrorCode.ALREADY_EXISTS
    assert (await world.add_task("Next")).number == 2


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("title", " ", InvalidInput),
        ("title", "x" * (field_rules.TITLE_CHARACTERS + 1), InvalidInput),
        ("title", "nul \x00", InvalidInput),
        ("title", "half a pair \ud83d", InvalidInput),
        ("description", "x" * (field_rules.DESCRIPTION_CHARACTERS + 1), InvalidInput),
        ("description", "\x00", InvalidInput),
        ("estimate", -1, InvalidInput),
        ("estimate", field_rules.ESTIMATE_MAX + 1, InvalidInput),
        ("assignee_id", new_id(), NotFound),
        ("parent_id", new_id(), NotFound),
        ("column_id", new_id(), NotFound),
        ("project_id", new_id(), NotFound),
        ("label_ids", (new_id(),), NotFound),
        ("label_ids", tuple(new_id() for _ in range(LABELS_PER_TASK + 1)), LimitExceeded),
        ("before_task_id", new_id(), InvalidMove),
        ("after_task_id", new_id(), InvalidMove),
        ("client_mutation_id", "x" * 256, InvalidInput),
        ("client_mutation_id", "\ud800", InvalidInput),
    ],
)
async def test_a_bad_value_is_refused_by_its_field_and_nothing_is_kept(
    world: World, field: str, value: object, error: type[UserError]
) -> None:
    said = {"project_id": world.project.id, "column_id": world.to_do.id, "title": "Fine"}
    with pytest.raises(error) as refusal:
        await world.run(create_task, CreateTask(**{**said, field: value}))  # type: ignore[arg-type]
    first, *rest = field.split("_")
    assert refusal.value.field == (first + "".join(word.title() for word in rest),)
    assert await world.events() == []
    assert await world.titles_in(world.to_do) == []


async def test_a_column_of_another_project_is_no_column_of_this_one(world: World) -> None:
    other = await world.do(
        create_project, CreateProject(workspace_id=world.workspace.id, key="OPS", name="Ops")
    )
    task = await world.add_task()
    column = next(iter(world.columns))
    with pytest.raises(NotFound) as refusal:
        await world.run(
            create_task, CreateTask(project_id=other.id, column_id=column.id, title="Lost")
        )
    assert refusal.value.field == ("columnId",)
    with pytest.raises(NotFound):
        await world.run(
            create_task,
            CreateTask(project_id=other.id, column_id=column.id, title="x", parent_id=task.id),
        )


async def test_nothing_enters_an_archived_column(world: World) -> None:
    closed = a_column(world.project, position="z", archived_at=world.clock.now())
    async with world.transaction() as work:
        await work.columns.add(closed)
        await work.commit()
    with pytest.raises(Archived) as refusal:
        await world.add_task(column=closed)
    assert refusal.value.field == ("columnId",)
    assert refusal.value.code is ErrorCode.ARCHIVED


async def test_somebody_outside_the_workspace_is_no_assignee(world: World) -> None:
    with pytest.raises(NotFound) as refusal:
        await world.run(
            create_task,
            CreateTask(
                project_id=world.project.id,
                column_id=world.to_do.id,
                title="x",
                assignee_id=world.stranger.id,
            ),
        )
    assert refusal.value.field == ("assigneeId",)
