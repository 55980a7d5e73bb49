"""Moves of tasks in a world whose small changes are tried without locks."""

from dataclasses import replace

from domain.commands.task_moves import MoveTask
from domain.entities import Task
from persistence.brief_work import brief_work_factory
from persistence.database import Database
from persistence.unit_of_work import unit_of_work_factory
from tests.builders import CountingIds, World, a_world
from tests.persistence.recorded_events import EventTable


async def a_world_of_brief_work(database: Database) -> World:
    """A world like others, whose moves and edits are brief."""
    world = await a_world(
        unit_of_work_factory(database), EventTable(database).read, ids=CountingIds()
    )
    return replace(world, bus=replace(world.bus, brief_work=brief_work_factory(database)))


def a_move(task: Task, world: World, before: Task | None = None, **more: object) -> MoveTask:
    """To before the other task of the first column, or to its end."""
    return MoveTask(
        task_id=task.id,
        column_id=world.to_do.id,
        before_task_id=None if before is None else before.id,
        **more,  # type: ignore[arg-type]
    )
