"""What rows cost the server process: CPU of a board, of one task with relations, of a move."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import uvloop

from domain.access import Role
from domain.commands.checklists import CreateChecklistItem, create_checklist_item
from domain.commands.task_moves import MoveTask, move_task
from domain.commands.tasks import CreateTask, create_task
from domain.entities import Column, Label, Task
from domain.queries import Page, TaskParent, TaskSelection
from domain.reads import TasksWanted, Visibility
from persistence.database import Database
from persistence.migration import upgrade
from persistence.readers import PostgresReaders
from persistence.unit_of_work import unit_of_work_factory
from tests.builders import World, a_world
from tests.builders.ports import CountingIds
from tests.persistence.recorded_events import EventTable
from tests.services import a_postgres

BOARD_SIZES: Final = (100, 300)
RUNS: Final = 15
READS_PER_RUN: Final = 10
# About what a task of a real board says.
DESCRIPTION: Final = "The loom stops when the shuttle is late. " * 12


async def report_read_cost(directory: Path) -> None:
    """Print the process's CPU time per read and per move; Postgres has processes of its own."""
    directory.chmod(0o755)
    print("Reads and a move, CPU of the process that asks")
    async with a_postgres(directory) as postgres:
        await asyncio.to_thread(upgrade, postgres.url)
        async with Database(postgres.url) as database:
            ids, readers = CountingIds(), PostgresReaders(database)
            for size in BOARD_SIZES:
                world = await a_world(
                    unit_of_work_factory(database), EventTable(database).read, ids=ids
                )
                tasks = await _fill(world, size)
                await _report(f"board of {size}", lambda world=world: _board(readers, world))  # type: ignore[misc]
            await _report("task with relations", lambda: _task(readers, world, tasks[3]))
            places = cycle((task, column) for column in world.columns[:2] for task in tasks[:20])
            await _report("task move", lambda: _move(world, *next(places), before=tasks[20:22]))


async def _fill(world: World, size: int) -> list[Task]:
    labels = [await world.add_label(name) for name in ("Bug", "Feature", "Chore")]
    return [await _add_task(world, number, labels[: number % 4]) for number in range(size)]


async def _add_task(world: World, number: int, labels: list[Label]) -> Task:
    command = CreateTask(
        project_id=world.project.id,
        column_id=world.columns[number % len(world.columns)].id,
        title=f"Task {number}",
        description=DESCRIPTION,
        assignee_id=world.actor(tuple(Role)[number % len(Role)]),
        label_ids=tuple(label.id for label in labels),
    )
    task = await world.do(create_task, command)
    if number % 3 == 0:
        await world.add_comment(task)
        for title in ("Warp", "Weft"):
            await world.do(create_checklist_item, CreateChecklistItem(task_id=task.id, title=title))
    return task


async def _board(readers: PostgresReaders, world: World) -> None:
    scope = await _scope(readers, world)
    project_id = world.project.id
    columns = await readers.boards.columns_of_projects([project_id], scope, includes_archived=False)
    windows = await readers.tasks.tasks_of(
        TaskParent.COLUMN,
        [column.id for column in columns[project_id]],
        TaskSelection(),
        Page(size=250),
        scope,
    )
    tasks = [task for window in windows.values() for task in window.items]
    await _relations(readers, tasks, scope)


async def _task(readers: PostgresReaders, world: World, task: Task) -> None:
    scope = await _scope(readers, world)
    found = await readers.tasks.tasks([task.id], scope.viewer_id, TasksWanted())
    await _relations(readers, list(found.task_by_id.values()), scope)


async def _move(world: World, task: Task, column: Column, *, before: Sequence[Task]) -> None:
    [neighbour] = [other for other in before if other.column_id == column.id]
    command = MoveTask(task_id=task.id, column_id=column.id, before_task_id=neighbour.id)
    await world.do(move_task, command)


async def _relations(readers: PostgresReaders, tasks: list[Task], scope: Visibility) -> None:
    ids = [task.id for task in tasks]
    await asyncio.gather(
        readers.boards.labels_of_tasks(ids, scope),
        readers.people.users({task.assignee_id for task in tasks if task.assignee_id}, scope),
        readers.conversations.comment_counts(ids, scope),
        readers.conversations.checklists_of_tasks(ids, scope),
    )


async def _scope(readers: PostgresReaders, world: World) -> Visibility:
    return await readers.people.visibility(world.actor(Role.MEMBER))


async def _report(name: str, read: Callable[[], Awaitable[None]]) -> None:
    # As the web process does after its start: what exists by now stays.
    gc.collect()
    gc.freeze()
    milliseconds = [await _milliseconds(read) for _ in range(RUNS)]
    print(f"  {name}: median {median(milliseconds):.2f} ms, least {min(milliseconds):.2f} ms")


async def _milliseconds(read: Callable[[], Awaitable[None]]) -> float:
    started = time.process_time()
    for _ in range(READS_PER_RUN):
        await read()
    return 1000 * (time.process_time() - started) / READS_PER_RUN


def main() -> None:
    """Print the report alone."""
    with TemporaryDirectory(prefix="taskwire-reads-") as name:
        uvloop.run(report_read_cost(Path(name)))


if __name__ == "__main__":
    main()
