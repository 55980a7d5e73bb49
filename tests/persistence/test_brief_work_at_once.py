"""Moves and edits that are under way together: behind each other, in one order, or once more."""

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace

import pytest

from domain.access import Role
from domain.board_order import RANK_CHARACTERS_MAX
from domain.commands.task_moves import MoveTask, move_task
from domain.commands.tasks import UpdateTask, update_task
from domain.events import ProjectEventKind
from domain.identifiers import UserId
from domain.ports import Overtaken, TaskPlace, UnitOfWork
from domain.reads import TasksWanted
from persistence import held_projects
from persistence.brief_work import BriefUnitOfWork, brief_work_factory
from persistence.database import Database
from persistence.held_projects import HeldProjects
from persistence.recent_writes import RecentWrites, Write
from persistence.unit_of_work import unit_of_work_factory
from tests.builders import World, new_id
from tests.persistence.moves import a_move, a_world_of_brief_work


@pytest.fixture
async def world(database: Database) -> World:
    return await a_world_of_brief_work(database)


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
        *(bus.run(move_task, a_move(second, world, first), actor_id=owner) for bus in buses),
    )
    events = (await world.events(after=0))[start:]
    assert [event.seq for event in events] == list(range(start + 1, start + len(events) + 1))
    edits = [event.changes[0] for event in events if event.task_id == first.id]
    assert len(edits) == 15
    # Each saw what the one before it wrote.
    assert [edit.before for edit in edits[1:]] == [edit.after for edit in edits[:-1]]


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
                a_move(task, world, tasks[(number + 3) % 8]),
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
                world.run(move_task, a_move(task, world, anchors[number % 3]))
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
            world.run(move_task, a_move(third, world, before))
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
    recent = RecentWrites(HeldProjects())
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

    bus = replace(world.bus, brief_work=None, unit_of_work=lambda: nullcontext(work))
    with pytest.raises(Overtaken):
        await bus.run(move_task, a_move(second, world, first), actor_id=world.actor(Role.OWNER))
    assert (await world.events(after=0))[-1].seq == seq + 1
    assert await world.task(second.id) == second
    # It is forgotten, so that the next attempt starts from what is there.
    again = BriefUnitOfWork(database.reads, recent, None)
    bus = replace(bus, unit_of_work=lambda: nullcontext(again))
    await bus.run(move_task, a_move(second, world, first), actor_id=world.actor(Role.OWNER))
    assert (await world.task(second.id)).position < first.position


async def test_a_write_does_not_wait_for_a_lock_of_others_and_its_transaction_does(
    database: Database, migrated_database: str, world: World
) -> None:
    [task] = await world.add_tasks(1)
    async with (
        Database(migrated_database, pool_size=1) as of_another_process,
        unit_of_work_factory(of_another_process)() as work,
    ):
        await work.lock_project(world.project.id, world.actor(Role.OWNER))
        seen: list[str] = []
        with database.observed_by(seen.append):
            waiting = asyncio.create_task(
                world.run(update_task, UpdateTask(task_id=task.id, title="Later"))
            )
            async with asyncio.timeout(5):
                # The attempts without locks are over when the one with a lock has begun.
                while not any("FOR NO KEY UPDATE OF" in sql for sql in seen):  # noqa: ASYNC110 - Postgres tells nobody
                    await asyncio.sleep(0.01)
        # A read and a write for each attempt.
        assert len(seen) == 2 * 3 + 1
        assert not waiting.done()
    await waiting
    assert (await world.task(task.id)).title == "Later"


async def test_a_move_waits_for_a_transaction_that_has_the_project_locked(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However slow the machine is.
    monkeypatch.setattr(held_projects, "_PATIENCE_SECONDS", 30.0)
    first, second = await world.add_tasks(2)
    statements: list[str] = []
    async with unit_of_work_factory(database)() as work:
        await work.lock_project(world.project.id, world.actor(Role.OWNER))
        with database.observed_by(statements.append):
            move = asyncio.create_task(world.run(move_task, a_move(second, world, first)))
            async with asyncio.timeout(10):
                while not statements:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.01)
            # Longer than a statement takes that is not waiting.
            await asyncio.sleep(0.2)
            assert (len(statements), move.done()) == (1, False)
            await work.commit()
    with database.observed_by(statements.append):
        await move
    # What it had read may be something else by then.
    assert len(statements) == 3
    assert (await world.task(second.id)).position < first.position


async def test_a_move_that_finds_no_room_tries_no_second_time_without_locks(
    database: Database, world: World
) -> None:
    top, *cards = await world.add_tasks(3)
    brief = brief_work_factory(database)
    attempts = 0

    def counted(wanted: TasksWanted | None) -> AbstractAsyncContextManager[UnitOfWork]:
        nonlocal attempts
        attempts += 1
        return brief(wanted)

    bus = replace(world.bus, brief_work=counted)
    moves = 0
    while ProjectEventKind.COLUMN_REBALANCED not in await world.kinds():
        command = MoveTask(
            task_id=cards[moves % 2].id, column_id=world.to_do.id, after_task_id=top.id
        )
        await bus.run(move_task, command, actor_id=world.actor(Role.OWNER))
        moves += 1
        assert moves < 12 * RANK_CHARACTERS_MAX
    assert attempts == moves
