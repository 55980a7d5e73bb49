"""Moves and edits in two round trips: they do what a transaction does, or nothing."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

import pytest

from domain.access import Role
from domain.commands.task_moves import MoveTask, move_task
from domain.commands.tasks import UpdateTask, update_task
from domain.entities import Priority, Task
from domain.errors import Forbidden, IdempotencyKeyReused, InvalidMove, NotFound, StaleVersion
from domain.events import ProjectEventKind
from domain.identifiers import UserId
from domain.ports import Overtaken, TaskPlace, UnitOfWork
from domain.reads import TaskRelation, TasksWanted
from persistence.brief_work import BriefUnitOfWork, brief_work_factory
from persistence.database import Database
from persistence.readers import PostgresReaders
from persistence.recent_writes import RecentWrites, Write
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
        move_task, _move(second, world, first), actor_id=world.actor(Role.OWNER)
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


async def test_moves_at_once_in_one_process_go_behind_each_other_without_locks(
    database: Database, world: World
) -> None:
    tasks = await world.add_tasks(12)
    anchors, moving = tasks[:3], tasks[3:]
    start = len(await world.events(after=0))
    seen: list[str] = []
    with database.observed_by(seen.append):
        await asyncio.gather(
            *(
                world.run(move_task, _move(task, world, anchors[number % 3]))
                for number, task in enumerate(moving)
            )
        )
    assert len(seen) == 2 * len(moving)
    events = (await world.events(after=0))[start:]
    assert [event.seq for event in events] == list(range(start + 1, start + 1 + len(moving)))
    # In the order of their events each went to directly before its anchor.
    order = [task.id for task in tasks]
    for event in events:
        anchor = anchors[[task.id for task in moving].index(event.subject_id) % 3]  # type: ignore[arg-type]
        order.remove(event.subject_id)  # type: ignore[arg-type]
        order.insert(order.index(anchor.id), event.subject_id)  # type: ignore[arg-type]
    async with world.transaction() as work:
        assert [task.id for task in await work.tasks_in_column(world.to_do.id)] == order


async def test_one_task_moved_and_edited_by_many_at_once_is_what_the_last_event_says(
    world: World,
) -> None:
    first, second, third = await world.add_tasks(3)
    start = len(await world.events(after=0))
    await asyncio.gather(
        *(
            world.run(move_task, _move(third, world, before))
            for before in (first, None, second, first, None, second)
        ),
        *(
            world.run(update_task, UpdateTask(task_id=third.id, title=f"Title {number}"))
            for number in range(6)
        ),
    )
    events = (await world.events(after=0))[start:]
    kept = await world.task(third.id)
    assert [event.seq for event in events] == list(range(start + 1, start + 1 + len(events)))
    assert kept.version == third.version + len(events)
    values = {change.field: change.after for event in events for change in event.changes}
    assert values["title"] == kept.title
    assert values.get("position", kept.position) == kept.position
    # Each event tells what the one before it left.
    seen: dict[str, object] = {"title": third.title, "position": third.position}
    for event in events:
        for change in event.changes:
            assert change.before == seen[change.field]
            seen[change.field] = change.after


class _ReadOnce(BriefUnitOfWork):
    """A brief unit of work that takes the place as it was read first."""

    _has_read = False

    async def read_ahead(self, place: TaskPlace, actor_id: UserId) -> None:
        if not self._has_read:
            self._has_read = True
            await super().read_ahead(place, actor_id)


async def test_nothing_goes_behind_a_write_that_turns_out_to_be_another_ones(
    database: Database, world: World
) -> None:
    first, second, third = await world.add_tasks(3)
    seq = (await world.events(after=0))[-1].seq
    recent = RecentWrites()
    ours = Write(
        project_id=world.project.id,
        seq=seq + 1,
        event_id=new_id(),
        task_id=third.id,
        column_id=None,
        rank=third.position,
    )
    recent.begin(ours)
    work = _ReadOnce(database.reads, recent, None)
    place = TaskPlace(task_id=second.id, column_id=world.to_do.id, before_id=first.id)
    await work.read_ahead(place, world.actor(Role.OWNER))
    # Another process is faster: the counter is where that write would have brought it.
    await world.run(update_task, UpdateTask(task_id=first.id, title="Faster"))
    ours.ended()

    bus = replace(world.bus, brief_work=None, unit_of_work=lambda: work)
    with pytest.raises(Overtaken):
        await bus.run(move_task, _move(second, world, first), actor_id=world.actor(Role.OWNER))
    assert (await world.events(after=0))[-1].seq == seq + 1
    assert await world.task(second.id) == second
    # It is forgotten, so that the next attempt starts from what is there.
    again = BriefUnitOfWork(database.reads, recent, None)
    bus = replace(bus, unit_of_work=lambda: again)
    await bus.run(move_task, _move(second, world, first), actor_id=world.actor(Role.OWNER))
    assert (await world.task(second.id)).position < first.position


async def test_a_project_that_somebody_has_locked_makes_nobody_wait_in_others(
    database: Database, world: World
) -> None:
    [here] = await world.add_tasks(1)
    async with world.transaction() as work:
        await work.lock_project(world.project.id, world.actor(Role.OWNER))
        reads = BriefUnitOfWork(database.reads, RecentWrites(), None)
        bus = replace(world.bus, brief_work=lambda _wanted: reads)
        waiting = asyncio.create_task(
            bus.run(
                update_task,
                UpdateTask(task_id=here.id, title="Later"),
                actor_id=world.actor(Role.OWNER),
            )
        )
        seen: list[str] = []
        with database.observed_by(seen.append):
            async with asyncio.timeout(5):
                # The attempts without locks are over when the one with a lock has begun.
                while not any("FOR NO KEY UPDATE OF" in sql for sql in seen):  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.01)
        assert not waiting.done()
    await waiting
    assert (await world.task(here.id)).title == "Later"


async def test_units_of_work_leave_nothing_to_the_garbage_collector(
    database: Database, world: World
) -> None:
    first, second = await world.add_tasks(2)
    brief = brief_work_factory(database)
    seen: list[weakref.ref[UnitOfWork]] = []

    def watched(wanted: TasksWanted | None) -> AbstractAsyncContextManager[UnitOfWork]:
        work = brief(wanted)
        seen.append(weakref.ref(work))  # type: ignore[arg-type]
        return work

    bus = replace(world.bus, brief_work=watched)
    gc.collect()
    gc.disable()
    try:
        await bus.run(move_task, _move(second, world, first), actor_id=world.actor(Role.OWNER))
        assert [work() for work in seen] == [None]
    finally:
        gc.enable()
