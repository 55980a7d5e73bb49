from datetime import date

import pytest

from domain.access import Role
from domain.commands.projects import CreateProject, create_project
from domain.commands.task_batches import TASKS_PER_BATCH, UpdateTasks, update_tasks
from domain.commands.task_lifecycle import ArchiveTask, archive_task
from domain.entities import Priority
from domain.errors import Archived, InvalidInput, LimitExceeded, NotFound
from domain.events import ProjectEventKind
from tests.builders import World, new_id, told


async def test_many_tasks_change_alike_with_an_event_each(world: World) -> None:
    label = await world.add_label("Bug")
    tasks = await world.add_tasks(3)
    seq = await world.seq()
    command = UpdateTasks(
        task_ids=tuple(task.id for task in tasks),
        priority=Priority.HIGH,
        assignee_id=world.actor(Role.MEMBER),
        added_label_ids=(label.id,),
        due_date=date(2026, 3, 4),
        estimate=2,
        client_mutation_id="bulk",
    )
    outcome = await world.run(update_tasks, command, by=Role.MEMBER)
    assert outcome.object_ids == command.task_ids
    assert outcome.object is not None
    assert [task.id for task in outcome.object] == [task.id for task in tasks]
    events = await world.events(after=seq)
    assert [(e.kind, e.task_id) for e in events] == [
        (ProjectEventKind.TASK_UPDATED, task.id) for task in tasks
    ]
    assert {e.client_mutation_id for e in events} == {"bulk"}
    assert set(told(events[0])) == {"priority", "assigneeId", "labelIds", "dueDate", "estimate"}
    assert outcome.cursor is not None
    assert outcome.cursor.seq == events[-1].seq
    for task in tasks:
        assert (await world.task(task.id)).version == 2


async def test_moved_tasks_stand_at_the_end_in_the_order_asked(world: World) -> None:
    one, two, three = await world.add_tasks(3)
    await world.add_task("There", column=world.done)
    await world.run(update_tasks, UpdateTasks(task_ids=(three.id, one.id), column_id=world.done.id))
    assert await world.titles_in(world.done) == ["There", three.title, one.title]
    assert await world.titles_in(world.to_do) == [two.title]
    assert (await world.kinds())[-2:] == [ProjectEventKind.TASK_MOVED] * 2


async def test_tasks_that_stand_in_the_column_stay_where_they_are(world: World) -> None:
    one, two = await world.add_tasks(2)
    seq = await world.seq()
    outcome = await world.run(
        update_tasks, UpdateTasks(task_ids=(one.id, two.id), column_id=world.to_do.id)
    )
    assert outcome.object == (one, two)
    assert await world.seq() == seq


async def test_a_task_named_twice_changes_once(world: World) -> None:
    task = await world.add_task()
    outcome = await world.run(
        update_tasks, UpdateTasks(task_ids=(task.id, task.id), priority=Priority.LOW)
    )
    assert outcome.object_ids == (task.id,)
    assert (await world.task(task.id)).version == 2


async def test_one_bad_task_stops_all(world: World) -> None:
    task = await world.add_task()
    archived = await world.add_task()
    await world.run(archive_task, ArchiveTask(task_id=archived.id))
    seq = await world.seq()
    with pytest.raises(Archived) as refusal:
        await world.run(
            update_tasks, UpdateTasks(task_ids=(task.id, archived.id), column_id=world.done.id)
        )
    assert refusal.value.field == ("taskIds",)
    assert archived.key in refusal.value.message
    assert await world.task(task.id) == task
    assert await world.seq() == seq


async def test_unknown_tasks_are_named_wherever_they_stand_in_the_list(world: World) -> None:
    task = await world.add_task()
    missing = new_id()
    for ids in ((task.id, missing), (missing, task.id)):
        with pytest.raises(NotFound) as refusal:
            await world.run(update_tasks, UpdateTasks(task_ids=ids, priority=Priority.LOW))
        assert refusal.value.field == ("taskIds",)


async def test_tasks_of_two_projects_are_not_changed_together(world: World) -> None:
    task = await world.add_task()
    other = await world.do(
        create_project, CreateProject(workspace_id=world.workspace.id, key="OPS", name="Ops")
    )
    with pytest.raises(NotFound) as refusal:
        await world.run(
            update_tasks, UpdateTasks(task_ids=(task.id, other.id), priority=Priority.LOW)
        )
    assert str(other.id) in refusal.value.message


async def test_a_batch_names_one_to_a_hundred_tasks(world: World) -> None:
    with pytest.raises(InvalidInput) as none:
        await world.run(update_tasks, UpdateTasks(task_ids=()))
    too_many = tuple(new_id() for _ in range(TASKS_PER_BATCH + 1))
    with pytest.raises(LimitExceeded) as many:
        await world.run(update_tasks, UpdateTasks(task_ids=too_many))
    assert none.value.field == many.value.field == ("taskIds",)
