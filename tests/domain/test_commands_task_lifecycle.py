from dataclasses import replace

import pytest

from domain.commands.task_lifecycle import (
    ArchiveTask,
    DeleteTask,
    RestoreTask,
    archive_task,
    delete_task,
    restore_task,
)
from domain.errors import Archived, NotFound, StaleVersion
from domain.events import ProjectEventKind
from tests.builders import World, new_id, told


async def test_archiving_keeps_the_place(world: World) -> None:
    _, two, _ = await world.add_tasks(3)
    archived = await world.do(archive_task, ArchiveTask(task_id=two.id, expected_version=1))
    assert (archived.archived_at, archived.version) == (world.clock.now(), 2)
    assert archived.position == two.position
    event = await world.last_event()
    assert event.kind is ProjectEventKind.TASK_ARCHIVED
    assert told(event) == {"archivedAt": (None, "2026-01-05T09:00:04Z")}


async def test_archiving_again_changes_nothing(world: World) -> None:
    task = await world.add_task()
    archived = await world.do(archive_task, ArchiveTask(task_id=task.id))
    seq = await world.seq()
    assert await world.do(archive_task, ArchiveTask(task_id=task.id)) == archived
    assert await world.seq() == seq


async def test_restoring_brings_a_task_back_to_its_place(world: World) -> None:
    tasks = await world.add_tasks(3)
    await world.run(archive_task, ArchiveTask(task_id=tasks[1].id))
    restored = await world.do(restore_task, RestoreTask(task_id=tasks[1].id))
    assert (restored.archived_at, restored.position) == (None, tasks[1].position)
    event = await world.last_event()
    assert event.kind is ProjectEventKind.TASK_RESTORED
    assert set(told(event)) == {"archivedAt"}


async def test_restoring_what_is_not_archived_changes_nothing(world: World) -> None:
    task = await world.add_task()
    seq = await world.seq()
    outcome = await world.run(restore_task, RestoreTask(task_id=task.id, column_id=world.done.id))
    assert outcome.object == task
    assert await world.seq() == seq


async def test_restoring_to_another_column_puts_a_task_at_its_end(world: World) -> None:
    task = await world.add_task("Back")
    await world.add_task("Before", column=world.done)
    await world.run(archive_task, ArchiveTask(task_id=task.id))
    restored = await world.do(restore_task, RestoreTask(task_id=task.id, column_id=world.done.id))
    assert restored.completed_at == world.clock.now()
    assert await world.titles_in(world.done) == ["Before", "Back"]
    assert {"columnId", "position", "archivedAt"} <= set(told(await world.last_event()))


async def test_a_task_of_an_archived_column_needs_another_one_to_return_to(world: World) -> None:
    task = await world.add_task()
    await world.run(archive_task, ArchiveTask(task_id=task.id))
    async with world.transaction() as work:
        closed = replace(world.to_do, archived_at=world.clock.now())
        await work.columns.update(world.to_do, closed)
        await work.commit()
    for command in (
        RestoreTask(task_id=task.id),
        RestoreTask(task_id=task.id, column_id=world.to_do.id),
    ):
        with pytest.raises(Archived) as refusal:
            await world.run(restore_task, command)
        assert refusal.value.field == ("columnId",)
    restored = await world.do(restore_task, RestoreTask(task_id=task.id, column_id=world.done.id))
    assert restored.column_id == world.done.id


async def test_restoring_to_an_unknown_column_is_refused(world: World) -> None:
    task = await world.add_task()
    await world.run(archive_task, ArchiveTask(task_id=task.id))
    with pytest.raises(NotFound) as refusal:
        await world.run(restore_task, RestoreTask(task_id=task.id, column_id=new_id()))
    assert refusal.value.field == ("columnId",)


async def test_a_deleted_task_is_gone_with_all_that_belonged_to_it(world: World) -> None:
    label = await world.add_label("Bug")
    task = await world.add_task("Gone", labels=[label])
    comment = await world.add_comment(task)
    outcome = await world.run(delete_task, DeleteTask(task_id=task.id, expected_version=1))
    assert outcome.object == task
    async with world.transaction() as work:
        assert await work.tasks.find(task.id) is None
        assert await work.comments.find(comment.id) is None
        assert await work.label_ids(task.id) == frozenset()
    event = await world.last_event()
    assert (event.kind, event.task_id) == (ProjectEventKind.TASK_DELETED, task.id)
    assert told(event)["title"] == ("Gone", None)
    changes = told(event)
    assert changes.pop("labelIds") == ([str(label.id)], [])
    assert {after for _, after in changes.values()} == {None}


async def test_deleting_a_task_frees_its_subtasks_each_with_an_event(world: World) -> None:
    parent = await world.add_task("Parent")
    children = [await world.add_task(f"Child {n}", parent=parent) for n in range(2)]
    grandchild = await world.add_task("Grandchild", parent=children[0])
    seq = await world.seq()
    await world.run(delete_task, DeleteTask(task_id=parent.id))
    *freed, deleted = await world.events(after=seq)
    assert [(event.kind, event.task_id, told(event)) for event in freed] == [
        (ProjectEventKind.TASK_UPDATED, child.id, {"parentId": (str(parent.id), None)})
        for child in children
    ]
    assert deleted.kind is ProjectEventKind.TASK_DELETED
    for child in children:
        assert (await world.task(child.id)).parent_id is None
        assert (await world.task(child.id)).version == 2
    assert (await world.task(grandchild.id)).parent_id == children[0].id


async def test_a_number_is_never_given_twice(world: World) -> None:
    task = await world.add_task()
    await world.run(delete_task, DeleteTask(task_id=task.id))
    assert (await world.add_task()).number == 2


async def test_a_deleted_task_is_not_found(world: World) -> None:
    task = await world.add_task()
    await world.run(delete_task, DeleteTask(task_id=task.id))
    with pytest.raises(NotFound) as refusal:
        await world.run(delete_task, DeleteTask(task_id=task.id))
    assert refusal.value.field == ("taskId",)
    with pytest.raises(NotFound):
        await world.run(archive_task, ArchiveTask(task_id=task.id))
    with pytest.raises(NotFound):
        await world.run(restore_task, RestoreTask(task_id=task.id))


async def test_a_task_of_another_version_is_left_alone(world: World) -> None:
    task = await world.add_task()
    with pytest.raises(StaleVersion):
        await world.run(archive_task, ArchiveTask(task_id=task.id, expected_version=2))
    with pytest.raises(StaleVersion):
        await world.run(restore_task, RestoreTask(task_id=task.id, expected_version=2))
    with pytest.raises(StaleVersion):
        await world.run(delete_task, DeleteTask(task_id=task.id, expected_version=2))
    assert await world.task(task.id) == task
