from datetime import timedelta

import pytest

from domain.access import Role
from domain.commands.task_moves import MoveTask, move_task
from persistence.business_figures import BusinessReader, ChangeCounts, ProjectProgress
from persistence.database import Database
from tests.builders import World

pytestmark = pytest.mark.stack


@pytest.fixture
def reader(database: Database) -> BusinessReader:
    return BusinessReader(database)


async def test_changes_are_counted_by_what_they_mean(world: World, reader: BusinessReader) -> None:
    start = world.clock.now()
    first, second, _ = await world.add_tasks(3)
    await world.add_task("Born done", column=world.done)
    await world.add_comment(first)
    for column in (world.done, world.to_do, world.done):
        await world.do(move_task, MoveTask(task_id=second.id, column_id=column.id))
    now = world.clock.now()
    assert await reader.changes(after=start, until=now) == ChangeCounts(
        tasks_created=4, tasks_completed=3, comments_created=1
    )
    nothing = ChangeCounts(tasks_created=0, tasks_completed=0, comments_created=0)
    assert await reader.changes(after=now, until=now + timedelta(days=1)) == nothing


async def test_figures_tell_how_things_stand(world: World, reader: BusinessReader) -> None:
    task, *_ = await world.add_tasks(3)
    await world.add_task("Done", column=world.done)
    await world.add_task("Given up", column=world.canceled)
    await world.add_comment(task, by=Role.MEMBER)
    figures = await reader.figures(world.clock.now())
    assert (figures.active_users_of_day, figures.active_users_of_week) == (2, 2)
    assert (figures.tasks_open, figures.task_completion_ratio) == (3, 0.25)
    assert figures.projects == [
        ProjectProgress(workspace=world.workspace.slug, project="ENG", ratio=0.25)
    ]
    days_later = await reader.figures(world.clock.now() + timedelta(days=3))
    assert (days_later.active_users_of_day, days_later.active_users_of_week) == (0, 2)


async def test_without_tasks_nothing_is_done(reader: BusinessReader, world: World) -> None:
    figures = await reader.figures(world.clock.now())
    assert (figures.tasks_open, figures.task_completion_ratio, figures.projects) == (0, 0.0, [])
