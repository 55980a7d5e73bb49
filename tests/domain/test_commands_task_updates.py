from datetime import date

import pytest

from domain.access import Role
from domain.commands.labels import CreateLabel, create_label
from domain.commands.projects import CreateProject, create_project
from domain.commands.task_lifecycle import ArchiveTask, archive_task
from domain.commands.tasks import (
    LABELS_PER_TASK,
    UpdateTask,
    update_task,
)
from domain.entities import Priority
from domain.errors import (
    ErrorCode,
    InvalidInput,
    LimitExceeded,
    NotFound,
    StaleVersion,
    UserError,
)
from domain.events import ProjectEventKind
from tests.builders import World, new_id, told


async def test_an_update_changes_what_is_named_and_tells_just_that(world: World) -> None:
    task = await world.add_task("Old")
    command = UpdateTask(
        task_id=task.id,
        title="Neu: Größe 👍",
        priority=Priority.URGENT,
        assignee_id=world.actor(Role.VIEWER),
        due_date=date(2026, 3, 4),
        client_mutation_id="tab-7",
    )
    updated = await world.do(update_task, command, by=Role.MEMBER)
    assert (updated.title, updated.priority, updated.version) == (
        "Neu: Größe 👍",
        Priority.URGENT,
        2,
    )
    assert updated.updated_at == world.clock.now() > updated.created_at
    assert await world.task(task.id) == updated
    event = await world.last_event()
    assert (event.kind, event.client_mutation_id) == (ProjectEventKind.TASK_UPDATED, "tab-7")
    assert told(event) == {
        "title": ("Old", "Neu: Größe 👍"),
        "priority": ("NONE", "URGENT"),
        "assigneeId": (None, str(world.actor(Role.VIEWER))),
        "dueDate": (None, "2026-03-04"),
    }


async def test_null_clears_a_field(world: World) -> None:
    task = await world.add_task()
    parent = await world.add_task("Parent")
    filled = UpdateTask(
        task_id=task.id,
        description="Long",
        priority=Priority.LOW,
        assignee_id=world.actor(Role.MEMBER),
        due_date=date(2026, 3, 4),
        estimate=3,
        parent_id=parent.id,
    )
    await world.run(update_task, filled)
    cleared = UpdateTask(
        task_id=task.id,
        description=None,
        priority=None,
        assignee_id=None,
        due_date=None,
        estimate=None,
        parent_id=None,
    )
    after = await world.do(update_task, cleared)
    assert (after.description, after.priority) == ("", Priority.NONE)
    assert (after.assignee_id, after.due_date, after.estimate, after.parent_id) == (None,) * 4


async def test_an_update_that_changes_nothing_is_no_event_and_no_version(world: World) -> None:
    task = await world.add_task("Same")
    outcome = await world.run(
        update_task, UpdateTask(task_id=task.id, title=" Same ", priority=Priority.NONE)
    )
    assert outcome.object == task
    assert await world.kinds() == [ProjectEventKind.TASK_CREATED]
    assert outcome.cursor is not None
    assert outcome.cursor.seq == await world.seq()


async def test_an_update_of_a_version_one_has_not_seen_is_refused(world: World) -> None:
    task = await world.add_task()
    await world.run(update_task, UpdateTask(task_id=task.id, title="Two", expected_version=1))
    with pytest.raises(StaleVersion) as refusal:
        await world.run(update_task, UpdateTask(task_id=task.id, title="2", expected_version=1))
    error = refusal.value
    assert (error.expected, error.actual, error.object_id) == (1, 2, task.id)
    assert (error.code, error.field) == (ErrorCode.STALE_VERSION, ("expectedVersion",))
    assert (await world.task(task.id)).title == "Two"


async def test_labels_are_edited_by_what_is_added_and_removed(world: World) -> None:
    bug, ui, docs = [await world.add_label(name) for name in ("Bug", "UI", "Docs")]
    task = await world.add_task(labels=[bug, ui])
    updated = await world.do(
        update_task,
        UpdateTask(task_id=task.id, added_label_ids=(docs.id, bug.id), removed_label_ids=(ui.id,)),
    )
    assert updated.version == 2
    before = sorted([str(bug.id), str(ui.id)])
    assert told(await world.last_event()) == {
        "labelIds": (before, sorted([str(bug.id), str(docs.id)]))
    }
    async with world.transaction() as work:
        assert await work.label_ids(task.id) == {bug.id, docs.id}


async def test_adding_a_label_that_is_there_or_removing_an_absent_one_changes_nothing(
    world: World,
) -> None:
    bug, ui = [await world.add_label(name) for name in ("Bug", "UI")]
    task = await world.add_task(labels=[bug])
    seq = await world.seq()
    outcome = await world.run(
        update_task,
        UpdateTask(task_id=task.id, added_label_ids=(bug.id,), removed_label_ids=(ui.id, new_id())),
    )
    assert outcome.object == task
    assert await world.seq() == seq


async def test_a_label_is_not_added_and_removed_at_once(world: World) -> None:
    bug, task = await world.add_label("Bug"), await world.add_task()
    with pytest.raises(InvalidInput) as refusal:
        await world.run(
            update_task,
            UpdateTask(task_id=task.id, added_label_ids=(bug.id,), removed_label_ids=(bug.id,)),
        )
    assert refusal.value.field == ("addedLabelIds",)


async def test_a_label_of_another_project_is_unknown_here(world: World) -> None:
    other = await world.do(
        create_project, CreateProject(workspace_id=world.workspace.id, key="OPS", name="Ops")
    )
    task = await world.add_task()
    foreign = await world.do(
        create_label, CreateLabel(project_id=other.id, name="Ops", color="#000000")
    )
    with pytest.raises(NotFound) as refusal:
        await world.run(update_task, UpdateTask(task_id=task.id, added_label_ids=(foreign.id,)))
    assert refusal.value.field == ("addedLabelIds",)
    assert str(foreign.id) in refusal.value.message


async def test_a_task_holds_at_most_fifty_labels(world: World) -> None:
    labels = [await world.add_label(f"L{n}") for n in range(LABELS_PER_TASK + 1)]
    task = await world.add_task(labels=labels[:LABELS_PER_TASK])
    with pytest.raises(LimitExceeded) as refusal:
        await world.run(update_task, UpdateTask(task_id=task.id, added_label_ids=(labels[-1].id,)))
    assert refusal.value.field == ("addedLabelIds",)
    swap = UpdateTask(
        task_id=task.id, added_label_ids=(labels[-1].id,), removed_label_ids=(labels[0].id,)
    )
    assert (await world.do(update_task, swap)).version == 2


async def test_a_task_is_never_below_itself(world: World) -> None:
    top = await world.add_task("Top")
    middle = await world.add_task("Middle", parent=top)
    bottom = await world.add_task("Bottom", parent=middle)
    for parent in (top, middle, bottom):
        with pytest.raises(InvalidInput) as refusal:
            await world.run(update_task, UpdateTask(task_id=top.id, parent_id=parent.id))
        assert refusal.value.field == ("parentId",)
    moved = await world.do(update_task, UpdateTask(task_id=bottom.id, parent_id=top.id))
    assert moved.parent_id == top.id


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("title", "\n", InvalidInput),
        ("description", "\ud800", InvalidInput),
        ("estimate", 10_001, InvalidInput),
        ("assignee_id", new_id(), NotFound),
        ("parent_id", new_id(), NotFound),
        ("task_id", new_id(), NotFound),
        ("expected_version", 0, StaleVersion),
        ("added_label_ids", (new_id(),), NotFound),
    ],
)
async def test_a_bad_update_is_refused_by_its_field_and_nothing_is_kept(
    world: World, field: str, value: object, error: type[UserError]
) -> None:
    task = await world.add_task("Kept")
    seq = await world.seq()
    said = {"task_id": task.id, "title": "New", field: value}
    with pytest.raises(error) as refusal:
        await world.run(update_task, UpdateTask(**said))  # type: ignore[arg-type]
    first, *rest = field.split("_")
    assert refusal.value.field == (first + "".join(word.title() for word in rest),)
    assert await world.task(task.id) == task
    assert await world.seq() == seq


async def test_an_archived_task_can_still_be_edited(world: World) -> None:
    task = await world.add_task()
    await world.run(archive_task, ArchiveTask(task_id=task.id))
    assert (await world.do(update_task, UpdateTask(task_id=task.id, title="New"))).title == "New"
