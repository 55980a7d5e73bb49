"""Moves and edits in two round trips: they do what a transaction does, or nothing."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from uuid import UUID

import pytest

from domain.access import Role
from domain.commands.task_moves import MoveTask, move_task
from domain.commands.tasks import UpdateTask, update_task
from domain.entities import Priority, Task
from domain.errors import Forbidden, IdempotencyKeyReused, InvalidMove, NotFound, StaleVersion
from domain.events import ProjectEventKind
from domain.ports import Overtaken, TaskPlace, UnitOfWork
from domain.reads import TaskRelation, TasksWanted
from persistence.brief_work import brief_work_factory
from persistence.database import Database
from persistence.project_turns import ProjectTurns
from persistence.readers import PostgresReaders
from persistence.unit_of_work import unit_of_work_factory
from tests.builders import CountingIds, World, a_world, new_id
from tests.persistence.recorded_events import EventTable


@pytest.fixture
async def world(database: Database) -> World:
    world = await a_world(
        unit_of_work_factory(database), EventTable(database).read, ids=CountingIds()
    )
    return replace(world, bus=replace(world.bus, brief_work=brief_work_factory(database)))


def _move(task: Task, world: World, before: Task | None = None, **more: object) -> MoveTask:
    return MoveTask(
        task_id=task.id,
        column_id=world.to_do.id,
        before_task_id=None if before is None else before.id,
        **more,  # type: ignore[arg-type]
    )


async def test_a_move_takes_two_statements(database: Database, world: World) -> None:
    first, second = await world.add_tasks(2)
    seen: list[str] = []
    with database.observed_by(seen.append):
        moved = await world.do(move_task, _move(second, world, first))
    assert len(seen) == 2
    assert moved.position < first.position
    assert await world.task(second.id) == moved
    event = (await world.events(after=0))[-1]
    assert (event.kind, event.task_id) == (ProjectEventKind.TASK_MOVED, second.id)
    assert [change.field for change in event.changes] == ["position"]


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


async def test_edits_and_moves_at_once_have_one_order(database: Database, world: World) -> None:
    first, second = await world.add_tasks(2)
    start = len(await world.events(after=0))
    buses = [replace(world.bus, brief_work=brief_work_factory(database)) for _ in range(3)]
    owner = world.actor(Role.OWNER)
    await asyncio.gather(
        *(
            bus.run(update_task, UpdateTask(task_id=first.id, estimate=n * 10 + m), actor_id=owner)
            for n, bus in enumerate(buses, start=1)
            for m in range(5)
        ),
        *(bus.run(move_task, _move(second, world, first), actor_id=owner) for bus in buses),
    )
    events = (await world.events(after=0))[start:]
    assert [event.seq for event in events] == list(range(start + 1, start + len(events) + 1))
    edits = [event.changes[0] for event in events if event.task_id == first.id]
    assert len(edits) == 15
    # Each saw what the one before it wrote.
    assert [edit.before for edit in edits[1:]] == [edit.after for edit in edits[:-1]]


async def test_the_outbox_and_the_counter_know_of_it(database: Database, world: World) -> None:
    first, second = await world.add_tasks(2)
    outcome = await world.run(move_task, _move(second, world, first))
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
        outcome = await world.run(move_task, _move(first, world, second))
    assert len(seen) == 1
    assert outcome.object == first


async def test_refusals_are_those_of_a_transaction(world: World) -> None:
    first, second = await world.add_tasks(2)
    elsewhere = await world.add_task(column=world.done)
    with pytest.raises(StaleVersion):
        await world.run(move_task, _move(second, world, first, expected_version=7))
    with pytest.raises(InvalidMove):
        await world.run(move_task, _move(second, world, elsewhere))
    with pytest.raises(NotFound, match="No such task"):
        await world.run(move_task, _move(second, world, first), by=world.stranger.id)
    with pytest.raises(NotFound, match="No such column"):
        await world.run(move_task, MoveTask(task_id=first.id, column_id=new_id()))


async def test_a_retry_with_its_key_acts_once(database: Database, world: World) -> None:
    first, second = await world.add_tasks(2)
    command = _move(second, world, first, idempotency_key="drag-1")
    outcome = await world.run(move_task, command)
    seen: list[str] = []
    with database.observed_by(seen.append):
        again = await world.run(move_task, command)
    assert len(seen) == 1
    assert (again.object_ids, again.cursor) == (outcome.object_ids, outcome.cursor)
    with pytest.raises(IdempotencyKeyReused):
        await world.run(move_task, _move(first, world, idempotency_key="drag-1"))


async def test_one_key_used_by_many_at_once_acts_once(database: Database, world: World) -> None:
    first, second = await world.add_tasks(2)
    before = len(await world.events(after=0))
    buses = [replace(world.bus, brief_work=brief_work_factory(database)) for _ in range(6)]
    command = _move(second, world, first, idempotency_key="drag-2")
    outcomes = await asyncio.gather(
        *(bus.run(move_task, command, actor_id=world.actor(Role.OWNER)) for bus in buses)
    )
    assert len({outcome.cursor for outcome in outcomes}) == 1
    assert len(await world.events(after=0)) == before + 1


_BESIDE = (
    (TaskRelation.ASSIGNEE, None),
    (TaskRelation.CREATOR, None),
    (TaskRelation.COLUMN, None),
    (TaskRelation.LABELS, None),
    (TaskRelation.COMMENT_COUNT, None),
)


async def test_what_is_wanted_along_with_the_task_comes_in_the_same_statements(
    database: Database, world: World
) -> None:
    first, second = await world.add_tasks(2)
    label = await world.add_label("Bug")
    await world.run(update_task, UpdateTask(task_id=second.id, added_label_ids=(label.id,)))
    await world.add_comment(second)
    actor_id = world.actor(Role.OWNER)
    wanted = TasksWanted(along=_BESIDE, has_visibility=True)
    command = replace(_move(second, world), column_id=world.done.id)
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
        move_task, _move(task, world), actor_id=world.actor(Role.OWNER), wanted=wanted
    )
    assert outcome.along is not None
    assert outcome.along.comment_count_by_task_id == {task.id: 0}
    assert outcome.along.column_by_id == {}


async def test_what_a_move_changes_is_not_read_along(world: World) -> None:
    [task] = await world.add_tasks(1)
    wanted = TasksWanted(along=((TaskRelation.PROJECT, None),))
    outcome = await world.bus.run(
        move_task, _move(task, world), actor_id=world.actor(Role.OWNER), wanted=wanted
    )
    assert outcome.along is None


async def test_who_is_overtaken_runs_again_with_locks(database: Database, world: World) -> None:
    first, second = await world.add_tasks(2)
    brief = brief_work_factory(database)
    overtaken: list[UUID] = []

    @asynccontextmanager
    async def opened(
        object_ids: Sequence[UUID], wanted: TasksWanted | None
    ) -> AsyncIterator[UnitOfWork]:
        try:
            async with brief(object_ids, wanted) as work:
                yield _Interrupted(work, world, first)  # type: ignore[misc]
        except Overtaken:
            overtaken.append(object_ids[0])
            raise

    def interrupted(
        object_ids: Sequence[UUID], wanted: TasksWanted | None
    ) -> AbstractAsyncContextManager[UnitOfWork]:
        return opened(object_ids, wanted)

    bus = replace(world.bus, brief_work=interrupted)
    outcome = await bus.run(
        move_task, _move(second, world, first), actor_id=world.actor(Role.OWNER)
    )
    assert overtaken == [second.id, second.id]
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


async def test_moves_at_once_in_several_processes_have_one_order(
    database: Database, world: World
) -> None:
    tasks = await world.add_tasks(8)
    start = len(await world.events(after=0))
    buses = [replace(world.bus, brief_work=brief_work_factory(database)) for _ in range(4)]
    await asyncio.gather(
        *(
            buses[number % 4].run(
                move_task,
                _move(task, world, tasks[(number + 3) % 8]),
                actor_id=world.actor(Role.OWNER),
            )
            for number, task in enumerate(tasks)
        )
    )
    events = (await world.events(after=0))[start:]
    assert [event.seq for event in events] == list(range(start + 1, start + len(events) + 1))
    async with world.transaction() as work:
        kept = await work.tasks_in_column(world.to_do.id)
    assert len({task.position for task in kept}) == 8


async def test_turns_at_one_project_are_taken_one_by_one() -> None:
    turns, project_id = ProjectTurns(), new_id()
    tasks = [new_id(), new_id()]
    for task_id in tasks:
        turns.remember(task_id, project_id)
    inside: list[UUID] = []

    async def take(task_id: UUID) -> int:
        async with turns.turn([task_id]):
            inside.append(task_id)
            together = len(inside)
            await asyncio.sleep(0)
            inside.remove(task_id)
        return together

    assert await asyncio.gather(*(take(task_id) for task_id in tasks * 3)) == [1] * 6
    assert turns.busy_count == 0


async def test_a_turn_at_a_project_is_taken_late_only_while_nobody_is_there() -> None:
    turns, project_id, other_id = ProjectTurns(), new_id(), new_id()
    async with turns.turn([new_id()]) as first, turns.turn([new_id()]) as second:
        assert await first.take(project_id)
        assert await first.take(project_id)
        assert not await first.take(other_id)
        assert not await second.take(project_id)
        assert await second.take(other_id)
    assert turns.busy_count == 0


async def test_whoever_comes_between_two_turns_waits_behind_those_who_wait() -> None:
    turns, project_id = ProjectTurns(), new_id()
    known = new_id()
    turns.remember(known, project_id)
    order: list[str] = []

    async def wait(name: str) -> None:
        async with turns.turn([new_id(), known]):
            order.append(name)

    async with turns.turn([new_id(), known]):
        waiting = asyncio.ensure_future(wait("second"))
        await asyncio.sleep(0)
    # The second is woken and has not run yet.
    async with turns.turn([new_id()]) as unknown:
        assert not await unknown.take(project_id)
    await asyncio.gather(waiting, wait("third"))
    assert order == ["second", "third"]
    assert turns.busy_count == 0


async def test_who_gives_up_waiting_leaves_the_turn_to_others() -> None:
    turns, project_id, task_id = ProjectTurns(), new_id(), new_id()
    turns.remember(task_id, project_id)
    async with turns.turn([task_id]):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001), turns.turn([task_id]):
                raise AssertionError("two had the turn")
    async with turns.turn([task_id]):
        assert turns.busy_count == 1
    assert turns.busy_count == 0


async def test_a_task_seen_for_the_first_time_is_not_moved_beside_another_of_its_project(
    database: Database, world: World
) -> None:
    first, second = await world.add_tasks(2)
    brief = brief_work_factory(database)
    place = TaskPlace(
        task_id=second.id, column_id=world.to_do.id, before_id=first.id, after_id=None
    )
    async with brief([first.id], None) as ahead:
        await ahead.read_ahead(
            replace(place, task_id=first.id, before_id=second.id), world.actor(Role.OWNER)
        )
        with pytest.raises(Overtaken):
            async with brief([second.id], None) as work:
                await work.read_ahead(place, world.actor(Role.OWNER))
    async with brief([second.id], None) as work:
        await work.read_ahead(place, world.actor(Role.OWNER))
