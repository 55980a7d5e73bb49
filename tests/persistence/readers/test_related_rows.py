"""What is read along with a task or a project is what its own reader finds."""

from dataclasses import replace

import pytest

from domain.access import Role
from domain.commands.tasks import UpdateTask, update_task
from domain.entities import Task
from domain.identifiers import UserId
from domain.reads import ProjectsWanted, TaskRelation, TasksFound, TasksWanted, Visibility
from persistence.database import Database
from persistence.readers import PostgresReaders
from tests.builders import World, a_user, new_id

_ALL = TasksWanted(along=tuple((relation, None) for relation in TaskRelation), has_visibility=True)


@pytest.fixture(scope="module")
async def scope(readers: PostgresReaders, world: World) -> Visibility:
    return await readers.people.visibility(world.actor(Role.MEMBER))


@pytest.fixture(scope="module")
async def task(world: World) -> Task:
    """A task with labels whose names sort otherwise than they were made, and comments."""
    labels = [await world.add_label(name) for name in ("weft", "Alum", "Loom")]
    task = await world.add_task("Warp", labels=labels)
    for body in ("Hm.", "Yes."):
        await world.add_comment(task, body)
    command = UpdateTask(task_id=task.id, assignee_id=world.actor(Role.ADMIN))
    return await world.do(update_task, command)


async def _found(readers: PostgresReaders, viewer_id: UserId, *tasks: Task) -> TasksFound:
    return await readers.tasks.tasks([task.id for task in tasks], viewer_id, _ALL)


async def test_a_task_comes_with_all_it_refers_to_in_one_statement(
    database: Database, readers: PostgresReaders, scope: Visibility, world: World, task: Task
) -> None:
    seen: list[str] = []
    with database.observed_by(seen.append):
        found = await _found(readers, scope.viewer_id, task)
    assert len(seen) == 1
    people = [world.actor(Role.ADMIN), world.actor(Role.OWNER)]
    assert found.task_by_id == {task.id: task}
    assert found.user_by_id == await readers.people.users(people, scope)
    assert found.column_by_id == await readers.boards.columns([task.column_id], scope)
    projects = await readers.boards.projects([task.project_id], scope.viewer_id, ProjectsWanted())
    assert found.project_by_id == projects.project_by_id
    assert found.labels_by_task_id == await readers.boards.labels_of_tasks([task.id], scope)
    assert [label.name for label in found.labels_by_task_id[task.id]] == ["Alum", "Loom", "weft"]
    assert found.comment_count_by_task_id == {task.id: 2}
    assert found.visibility == scope


async def test_a_task_without_anything_has_empty_entries(
    readers: PostgresReaders, scope: Visibility, world: World, task: Task
) -> None:
    bare = await world.add_task("Bare")
    found = await _found(readers, scope.viewer_id, task, bare)
    assert set(found.task_by_id) == {task.id, bare.id}
    assert found.labels_by_task_id[bare.id] == []
    assert found.comment_count_by_task_id[bare.id] == 0


async def test_a_stranger_finds_nothing_of_it(
    readers: PostgresReaders, world: World, task: Task
) -> None:
    found = await _found(readers, world.stranger.id, task)
    assert not found.task_by_id
    assert not found.user_by_id
    assert not found.project_by_id
    assert not found.labels_by_task_id
    assert not found.comment_count_by_task_id
    assert found.visibility is None


async def test_somebody_elses_address_is_told_to_colleagues_only(
    readers: PostgresReaders, scope: Visibility, world: World
) -> None:
    task = await world.add_task("Theirs")
    left = a_user(email=f"{new_id()}@example.com")
    async with world.transaction() as work:
        await work.users.add(left)
        await work.tasks.update(task, replace(task, assignee_id=left.id))
        await work.commit()
    found = await _found(readers, scope.viewer_id, task)
    assert found.user_by_id[left.id].name == left.name
    assert found.user_by_id[left.id].email is None
    found = await _found(readers, left.id, task)
    assert found.user_by_id == {}


async def test_a_project_comes_with_its_open_columns_and_what_may_be_seen(
    database: Database, readers: PostgresReaders, scope: Visibility, world: World
) -> None:
    seen: list[str] = []
    ids = [world.project.id]
    with database.observed_by(seen.append):
        found = await readers.boards.projects(
            ids, scope.viewer_id, ProjectsWanted(has_columns=True)
        )
    assert len(seen) == 1
    columns = await readers.boards.columns_of_projects(ids, scope, includes_archived=False)
    assert found.columns_by_project_id == columns
    assert found.visibility == scope


async def test_several_are_found_as_each_alone(
    readers: PostgresReaders, scope: Visibility, world: World, task: Task
) -> None:
    other = await world.add_task("Other", labels=[await world.add_label("heddle")])
    together = await _found(readers, scope.viewer_id, task, other)
    for one in (task, other):
        alone = await _found(readers, scope.viewer_id, one)
        assert alone.task_by_id[one.id] == together.task_by_id[one.id]
        assert alone.labels_by_task_id[one.id] == together.labels_by_task_id[one.id]
        assert alone.visibility == together.visibility == scope
    assert not (await _found(readers, world.stranger.id, task, other)).task_by_id
    ids, wanted = [task.project_id, new_id()], ProjectsWanted(has_columns=True)
    several = await readers.boards.projects(ids, scope.viewer_id, wanted)
    alone_project = await readers.boards.projects(ids[:1], scope.viewer_id, wanted)
    assert several.project_by_id == alone_project.project_by_id
    assert several.columns_by_project_id == alone_project.columns_by_project_id
    stranger = await readers.boards.projects(ids, world.stranger.id, wanted)
    assert not stranger.project_by_id
