"""Moves and edits in two round trips: they do what a transaction does, or nothing."""

import asyncio
import gc
import re
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from domain.access import Role
from domain.commands.task_moves import MoveTask, move_task
from domain.commands.tasks import UpdateTask, update_task
from domain.entities import Priority, Task
from domain.errors import Forbidden, IdempotencyKeyReused, InvalidMove, NotFound, StaleVersion
from domain.events import ProjectEventKind
from domain.ports import Overtaken, UnitOfWork
from domain.reads import TaskRelation, TasksWanted
from persistence.brief_work import brief_work_factory
from persistence.database import Database
from persistence.readers import PostgresReaders
from tests.builders import World, new_id
from tests.persistence.moves import a_move, a_world_of_brief_work

_BESIDE = (
    (TaskRelation.ASSIGNEE, None),
    (TaskRelation.CREATOR, None),
    (TaskRelation.COLUMN, None),
    (TaskRelation.LABELS, None),
    (TaskRelation.COMMENT_COUNT, None),
)


@pytest.fixture
async def world(database: Database) -> World:
    return await a_world_of_brief_work(database)


async def test_a_move_takes_two_statements(database: Database, world: World) -> None:
    first, second = await world.add_tasks(2)
    seen: list[str] = []
    with database.observed_by(seen.append):
        moved = await world.do(move_task, a_move(second, world, first))
    assert len(seen) == 2
    assert moved.position < first.position
    assert await world.task(second.id) == moved
    event = (await world.events(after=0))[-1]
    assert (event.kind, event.task_id) == (ProjectEventKind.TASK_MOVED, second.id)
    assert [change.field for change in event.changes] == ["position"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, None, (2, None)),
        (0, None, (None, 0)),
        (2, None, (1, 2)),
        (None, 0, (0, 1)),
        (None, 2, (2, None)),
        # What is to precede counts if it stands there.
        (2, 0, (0, 1)),
        (1, 4, (0, 1)),
        (4, 1, (1, 2)),
    ],
)
async def test_a_move_goes_beside_the_neighbours_that_are_there(
    world: World, before: int | None, after: int | None, expected: tuple[int | None, int | None]
) -> None:
    tasks = [*await world.add_tasks(4), await world.add_task(column=world.done)]
    moved = await world.do(
        move_task,
        replace(
            a_move(tasks[3], world, None if before is None else tasks[before]),
            after_task_id=None if after is None else tasks[after].id,
        ),
    )
    previous, following = (None if each is None else tasks[each].position for each in expected)
    assert previous is None or previous < moved.position
    assert following is None or moved.position < following


async def test_neither_move_nor_edit_reads_a_table_from_end_to_end(
    database: Database, world: World
) -> None:
    # The tables are as small as tables get.
    first, second, third = await world.add_tasks(3)
    wanted = TasksWanted(along=_BESIDE, has_visibility=True)
    moves = (
        a_move(third, world, first),
        replace(a_move(third, world), after_task_id=second.id),
        a_move(first, world),
    )
    edit = UpdateTask(task_id=first.id, title="Renamed")
    actor_id = world.actor(Role.OWNER)
    seen: list[str] = []
    with database.observed_by(seen.append):
        for move in moves:
            await world.bus.run(move_task, move, actor_id=actor_id, wanted=wanted)
        await world.bus.run(update_task, edit, actor_id=actor_id, wanted=wanted)
    assert len(seen) == 8
    connection = await database.connections.take()
    for sql in seen:
        await connection.execute(f"PREPARE asked AS {sql}")
        nulls = ", ".join(["NULL"] * max(map(int, re.findall(r"\$(\d+)", sql))))
        plan = await connection.fetch(f"EXPLAIN EXECUTE asked({nulls})")
        assert len(plan) > 10
        assert not [line for [line] in plan if "Seq Scan" in line]
        await connection.execute("DEALLOCATE asked")
    database.connections.give_back(connection)


async def test_an_edit_takes_two_statements(database: Database, world: World) -> None:
    [task] = await world.add_tasks(1)
    seen: list[str] = []
    command = UpdateTask(task_id=task.id, title="Renamed", priority=Priority.HIGH, assignee_id=None)
    with database.observed_by(seen.append):
        edited = await world.do(update_task, command)
    assert len(seen) == 2
    assert await world.task(task.id) == edited
    assert (edited.title, edited.version) == ("Renamed", task.version + 1)
    event = (await world.events(after=0))[-1]
    assert (event.kind, event.task_id) == (ProjectEventKind.TASK_UPDATED, task.id)
    assert {change.field for change in event.changes} == {"title", "priority"}


async def test_an_edit_that_changes_nothing_reads_once(database: Database, world: World) -> None:
    [task] = await world.add_tasks(1)
    seen: list[str] = []
    with database.observed_by(seen.append):
        outcome = await world.run(update_task, UpdateTask(task_id=task.id, title=task.title))
    assert (len(seen), outcome.object) == (1, task)


async def test_an_edit_that_names_others_is_a_transaction(world: World) -> None:
    parent, task = await world.add_tasks(2)
    label = await world.add_label("urgent")
    assignee_id = world.actor(Role.MEMBER)
    command = UpdateTask(
        task_id=task.id,
        assignee_id=assignee_id,
        parent_id=parent.id,
        added_label_ids=(label.id,),
    )
    edited = await world.do(update_task, command)
    assert (edited.assignee_id, edited.parent_id) == (assignee_id, parent.id)


async def test_refusals_of_edits_are_those_of_a_transaction(world: World) -> None:
    [task] = await world.add_tasks(1)
    with pytest.raises(StaleVersion):
        await world.run(update_task, UpdateTask(task_id=task.id, title="x", expected_version=7))
    with pytest.raises(NotFound, match="No such task"):
        await world.run(update_task, UpdateTask(task_id=task.id, title="x"), by=world.stranger.id)
    with pytest.raises(NotFound, match="No such task"):
        await world.run(update_task, UpdateTask(task_id=new_id(), title="x"))
    with pytest.raises(Forbidden):
        await world.run(
            update_task, UpdateTask(task_id=task.id, title="x"), by=world.actor(Role.VIEWER)
        )
    assert await world.task(task.id) == task


async def test_what_an_edit_leaves_as_it_is_comes_along(world: World) -> None:
    [task] = await world.add_tasks(1)
    relations = (TaskRelation.CREATOR, TaskRelation.COLUMN, TaskRelation.LABELS)
    outcome = await world.bus.run(
        update_task,
        UpdateTask(task_id=task.id, title="Renamed"),
        actor_id=world.actor(Role.OWNER),
        wanted=TasksWanted(along=tuple((relation, None) for relation in relations)),
    )
    along = outcome.along
    assert along is not None
    assert list(along.user_by_id) == [task.creator_id]
    assert list(along.column_by_id) == [world.to_do.id]
    assert along.labels_by_task_id == {task.id: []}


async def test_the_outbox_and_the_counter_know_of_it(database: Database, world: World) -> None:
    first, second = await world.add_tasks(2)
    outcome = await world.run(move_task, a_move(second, world, first))
    assert outcome.cursor is not None
    async with world.transaction() as work:
        project = await work.projects.find(world.project.id)
    assert project is not None
    assert project.event_seq == outcome.cursor.seq
    connection = await database.connections.take()
    queued = await connection.fetchval(
        "SELECT max(seq) FROM outbox WHERE project_id = $1", world.project.id
    )
    database.connections.give_back(connection)
    assert queued == outcome.cursor.seq


async def test_a_move_to_where_it_stands_writes_nothing(database: Database, world: World) -> None:
    first, second = await world.add_tasks(2)
    seen: list[str] = []
    with database.observed_by(seen.append):
        outcome = await world.run(move_task, a_move(first, world, second))
    assert len(seen) == 1
    assert outcome.object == first


async def test_refusals_are_those_of_a_transaction(world: World) -> None:
    first, second = await world.add_tasks(2)
    elsewhere = await world.add_task(column=world.done)
    with pytest.raises(StaleVersion):
        await world.run(move_task, a_move(second, world, first, expected_version=7))
    with pytest.raises(InvalidMove):
        await world.run(move_task, a_move(second, world, elsewhere))
    with pytest.raises(NotFound, match="No such task"):
        await world.run(move_task, a_move(second, world, first), by=world.stranger.id)
    with pytest.raises(NotFound, match="No such column"):
        await world.run(move_task, MoveTask(task_id=first.id, column_id=new_id()))


async def test_a_retry_with_its_key_acts_once(database: Database, world: World) -> None:
    first, second = await world.add_tasks(2)
    command = a_move(second, world, first, idempotency_key="drag-1")
    outcome = await world.run(move_task, command)
    seen: list[str] = []
    with database.observed_by(seen.append):
        again = await world.run(move_task, command)
    assert len(seen) == 1
    assert (again.object_ids, again.cursor) == (outcome.object_ids, outcome.cursor)
    with pytest.raises(IdempotencyKeyReused):
        await world.run(move_task, a_move(first, world, idempotency_key="drag-1"))


async def test_one_key_used_by_many_at_once_acts_once(database: Database, world: World) -> None:
    first, second = await world.add_tasks(2)
    before = len(await world.events(after=0))
    buses = [replace(world.bus, brief_work=brief_work_factory(database)) for _ in range(6)]
    command = a_move(second, world, first, idempotency_key="drag-2")
    outcomes = await asyncio.gather(
        *(bus.run(move_task, command, actor_id=world.actor(Role.OWNER)) for bus in buses)
    )
    assert len({outcome.cursor for outcome in outcomes}) == 1
    assert len(await world.events(after=0)) == before + 1


async def test_what_is_wanted_along_with_the_task_comes_in_the_same_statements(
    database: Database, world: World
) -> None:
    first, second = await world.add_tasks(2)
    label = await world.add_label("Bug")
    await world.run(update_task, UpdateTask(task_id=second.id, added_label_ids=(label.id,)))
    await world.add_comment(second)
    actor_id = world.actor(Role.OWNER)
    wanted = TasksWanted(along=_BESIDE, has_visibility=True)
    command = replace(a_move(second, world), column_id=world.done.id)
    seen: list[str] = []
    with database.observed_by(seen.append):
        outcome = await world.bus.run(move_task, command, actor_id=actor_id, wanted=wanted)
    assert len(seen) == 2

    assert outcome.along is not None
    read = await PostgresReaders(database).tasks.tasks([second.id], actor_id, wanted)
    assert read.task_by_id == {second.id: outcome.object}
    assert replace(outcome.along, task_by_id=read.task_by_id) == read
    assert read.column_by_id == {world.done.id: world.done}
    assert read.labels_by_task_id == {second.id: [label]}
    assert first.column_id != world.done.id


async def test_a_column_that_is_not_wanted_does_not_come_along(world: World) -> None:
    [task] = await world.add_tasks(1)
    wanted = TasksWanted(along=((TaskRelation.COMMENT_COUNT, None),))
    outcome = await world.bus.run(
        move_task, a_move(task, world), actor_id=world.actor(Role.OWNER), wanted=wanted
    )
    assert outcome.along is not None
    assert outcome.along.comment_count_by_task_id == {task.id: 0}
    assert outcome.along.column_by_id == {}


async def test_what_a_move_changes_is_not_read_along(world: World) -> None:
    [task] = await world.add_tasks(1)
    wanted = TasksWanted(along=((TaskRelation.PROJECT, None),))
    outcome = await world.bus.run(
        move_task, a_move(task, world), actor_id=world.actor(Role.OWNER), wanted=wanted
    )
    assert outcome.along is None


async def test_who_is_overtaken_runs_again_with_locks(database: Database, world: World) -> None:
    first, second = await world.add_tasks(2)
    brief = brief_work_factory(database)
    overtaken: list[Overtaken] = []

    @asynccontextmanager
    async def opened(wanted: TasksWanted | None) -> AsyncIterator[UnitOfWork]:
        try:
            async with brief(wanted) as work:
                yield _Interrupted(work, world, first)  # type: ignore[misc]
        except Overtaken as error:
            overtaken.append(error)
            raise

    bus = replace(world.bus, brief_work=opened)
    outcome = await bus.run(
        move_task, a_move(second, world, first), actor_id=world.actor(Role.OWNER)
    )
    assert len(overtaken) == 3
    events = await world.events(after=0)
    assert [event.kind for event in events[-2:]] == [
        ProjectEventKind.TASK_UPDATED,
        ProjectEventKind.TASK_MOVED,
    ]
    assert outcome.cursor is not None
    assert outcome.cursor.seq == events[-1].seq


class _Interrupted:
    """A unit of work before whose commit somebody else changes the project."""

    def __init__(self, work: UnitOfWork, world: World, task: Task) -> None:
        self._work = work
        self._world = world
        self._task = task

    def __getattr__(self, name: str) -> object:
        return getattr(self._work, name)

    async def commit(self) -> None:
        title = f"Meanwhile {new_id()}"
        await self._world.run(update_task, UpdateTask(task_id=self._task.id, title=title))
        await self._work.commit()


async def test_units_of_work_leave_nothing_to_the_garbage_collector(
    database: Database, world: World
) -> None:
    first, second = await world.add_tasks(2)
    brief = brief_work_factory(database)
    seen: list[weakref.ref[object]] = []

    @asynccontextmanager
    async def watched(wanted: TasksWanted | None) -> AsyncIterator[UnitOfWork]:
        async with brief(wanted) as work:
            seen.append(weakref.ref(work))
            yield work

    bus = replace(world.bus, brief_work=watched)
    gc.collect()
    gc.disable()
    try:
        await bus.run(move_task, a_move(second, world, first), actor_id=world.actor(Role.OWNER))
        assert [work() for work in seen] == [None]
    finally:
        gc.enable()
