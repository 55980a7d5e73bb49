"""Readers fetch the fields that are asked for, and no others."""

import pytest

from domain.access import Role
from domain.commands.checklists import CreateChecklistItem, create_checklist_item
from domain.entities import Task
from domain.queries import Page, TaskParent, TaskSelection
from domain.reads import TasksWanted, Visibility
from persistence.database import Database
from persistence.readers import PostgresReaders
from tests.builders import World

_FIELDS = frozenset({"title", "priority"})


@pytest.fixture(scope="module")
async def scope(readers: PostgresReaders, world: World) -> Visibility:
    return await readers.people.visibility(world.actor(Role.VIEWER))


@pytest.fixture(scope="module")
async def task(world: World) -> Task:
    return await world.add_task("Warp")


def _assert_only_those(found: Task, task: Task) -> None:
    assert (found.id, found.title, found.priority) == (task.id, task.title, task.priority)
    with pytest.raises(AttributeError):
        _ = found.description


async def test_tasks_by_id(readers: PostgresReaders, scope: Visibility, task: Task) -> None:
    found = await readers.tasks.tasks([task.id], scope.viewer_id, TasksWanted(fields=_FIELDS))
    _assert_only_those(found.task_by_id[task.id], task)


async def test_tasks_of_a_column(readers: PostgresReaders, scope: Visibility, task: Task) -> None:
    found = await readers.tasks.tasks_of(
        TaskParent.COLUMN, [task.column_id], TaskSelection(), Page(), scope, fields=_FIELDS
    )
    window = found[task.column_id]
    _assert_only_those(window.items[0], task)
    behind = await readers.tasks.tasks_of(
        TaskParent.COLUMN, [task.column_id], TaskSelection(), Page(after=window.cursors[0]), scope
    )
    assert task.id not in {other.id for page in behind.values() for other in page.items}


async def test_subtasks(
    readers: PostgresReaders, scope: Visibility, task: Task, world: World
) -> None:
    part = await world.add_task("Weft", parent=task)
    found = await readers.tasks.subtasks([task.id], scope, fields=_FIELDS)
    _assert_only_those(found[task.id][0], part)


async def test_checklists_and_comments(
    readers: PostgresReaders, scope: Visibility, task: Task, world: World
) -> None:
    item = await world.do(create_checklist_item, CreateChecklistItem(task_id=task.id, title="Oil"))
    comment = await world.add_comment(task, "Hm.")
    lists = await readers.conversations.checklists_of_tasks(
        [task.id], scope, fields=frozenset({"title"})
    )
    pages = await readers.conversations.comments_of_tasks(
        [task.id], Page(), scope, fields=frozenset({"author_id"})
    )
    assert [(found.id, found.title) for found in lists[task.id]] == [(item.id, "Oil")]
    assert [found.id for found in pages[task.id].items] == [comment.id]
    with pytest.raises(AttributeError):
        _ = pages[task.id].items[0].body


async def test_a_description_that_nobody_reads_is_not_fetched(
    database: Database, readers: PostgresReaders, scope: Visibility, task: Task
) -> None:
    seen: list[str] = []
    with database.observed_by(seen.append):
        await readers.tasks.tasks([task.id], scope.viewer_id, TasksWanted(fields=_FIELDS))
    [sql] = seen
    assert "description" not in sql


async def test_people_labels_and_columns(
    readers: PostgresReaders, scope: Visibility, world: World
) -> None:
    label, user_id = await world.add_label("Loom"), world.actor(Role.VIEWER)
    task = await world.add_task("Warp", labels=[label])
    name = frozenset({"name"})
    users = await readers.people.users([user_id], scope, fields=name)
    labels = await readers.boards.labels_of_tasks([task.id], scope, fields=name)
    columns = await readers.boards.columns_of_projects(
        [world.project.id], scope, includes_archived=False, fields=name
    )
    user, shown, column = users[user_id], labels[task.id][0], columns[world.project.id][0]
    assert (user.id, user.name) == (user_id, world.user_by_role[Role.VIEWER].name)
    assert (shown.id, shown.name) == (label.id, label.name)
    assert (column.id, column.name) == (world.columns[0].id, world.columns[0].name)
    for it in (user, shown, column):
        assert not hasattr(it, "updated_at")
