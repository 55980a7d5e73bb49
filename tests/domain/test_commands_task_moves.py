from dataclasses import replace

import pytest

from domain.access import Role
from domain.board_moves import find_place
from domain.board_order import RANK_CHARACTERS_MAX, rank_between
from domain.commands.task_lifecycle import ArchiveTask, archive_task
from domain.commands.task_moves import MoveTask, move_task
from domain.commands.tasks import CreateTask, create_task
from domain.errors import Archived, ErrorCode, InvalidMove, NotFound, StaleVersion
from domain.events import ProjectEventKind
from tests.builders import World, a_column, a_task, new_id, told


async def test_a_task_moves_between_two_others(world: World) -> None:
    one, two, three = await world.add_tasks(3)
    outcome = await world.run(
        move_task,
        MoveTask(
            task_id=three.id,
            column_id=world.to_do.id,
            after_task_id=one.id,
            before_task_id=two.id,
            client_mutation_id="drag-1",
        ),
        by=Role.MEMBER,
    )
    assert await world.titles_in(world.to_do) == [one.title, three.title, two.title]
    moved = await world.task(three.id)
    assert outcome.object == moved
    assert (moved.version, moved.updated_at) == (2, world.clock.now())
    event = await world.last_event()
    assert event.kind is ProjectEventKind.TASK_MOVED
    assert (event.task_id, event.client_mutation_id) == (three.id, "drag-1")
    assert told(event) == {"position": (three.position, moved.position)}
    assert outcome.cursor is not None
    assert outcome.cursor.seq == event.seq


async def test_without_neighbours_a_task_moves_to_the_end(world: World) -> None:
    one, two = await world.add_tasks(2)
    await world.run(move_task, MoveTask(task_id=one.id, column_id=world.to_do.id))
    assert await world.titles_in(world.to_do) == [two.title, one.title]


async def test_a_move_to_another_column_tells_what_the_column_means(world: World) -> None:
    task = await world.add_task("Weave")
    await world.run(move_task, MoveTask(task_id=task.id, column_id=world.done.id))
    assert await world.titles_in(world.to_do) == []
    assert await world.titles_in(world.done) == ["Weave"]
    instant = "2026-01-05T09:00:02Z"
    assert told(await world.last_event()) == {
        "columnId": (str(world.to_do.id), str(world.done.id)),
        "startedAt": (None, instant),
        "completedAt": (None, instant),
    }


async def test_a_move_to_where_the_task_stands_changes_nothing(world: World) -> None:
    one, two, three = await world.add_tasks(3)
    seq = await world.seq()
    for command in (
        MoveTask(task_id=three.id, column_id=world.to_do.id),
        MoveTask(task_id=two.id, column_id=world.to_do.id, after_task_id=one.id),
        MoveTask(task_id=two.id, column_id=world.to_do.id, before_task_id=three.id),
    ):
        outcome = await world.run(move_task, command)
        assert outcome.object in (two, three)
        assert outcome.cursor is not None
        assert outcome.cursor.seq == seq
    assert await world.seq() == seq


async def test_a_neighbour_that_left_is_overruled_by_the_other(world: World) -> None:
    one, two, three = await world.add_tasks(3)
    await world.run(move_task, MoveTask(task_id=one.id, column_id=world.done.id))
    await world.run(
        move_task,
        MoveTask(
            task_id=three.id,
            column_id=world.to_do.id,
            after_task_id=one.id,
            before_task_id=two.id,
        ),
    )
    assert await world.titles_in(world.to_do) == [three.title, two.title]


async def test_a_move_next_to_nobody_is_refused(world: World) -> None:
    one, two = await world.add_tasks(2)
    seq = await world.seq()
    with pytest.raises(InvalidMove) as refusal:
        await world.run(
            move_task,
            MoveTask(task_id=one.id, column_id=world.done.id, before_task_id=two.id),
        )
    assert refusal.value.code is ErrorCode.INVALID_MOVE
    assert refusal.value.field == ("beforeTaskId",)
    assert await world.seq() == seq


async def test_an_archived_neighbour_still_marks_a_place(world: World) -> None:
    one, two, three = await world.add_tasks(3)
    await world.run(archive_task, ArchiveTask(task_id=two.id))
    await world.run(
        move_task, MoveTask(task_id=three.id, column_id=world.to_do.id, before_task_id=two.id)
    )
    assert await world.titles_in(world.to_do) == [one.title, three.title, two.title]


async def test_an_archived_task_does_not_move(world: World) -> None:
    task = await world.add_task()
    await world.run(archive_task, ArchiveTask(task_id=task.id))
    with pytest.raises(Archived) as refusal:
        await world.run(move_task, MoveTask(task_id=task.id, column_id=world.done.id))
    assert refusal.value.field == ("taskId",)


async def test_nothing_moves_into_an_archived_or_unknown_column(world: World) -> None:
    closed = a_column(world.project, position="z", archived_at=world.clock.now())
    async with world.transaction() as work:
        await work.columns.add(closed)
        await work.commit()
    task = await world.add_task()
    with pytest.raises(Archived) as archived:
        await world.run(move_task, MoveTask(task_id=task.id, column_id=closed.id))
    with pytest.raises(NotFound) as unknown:
        await world.run(move_task, MoveTask(task_id=task.id, column_id=new_id()))
    assert archived.value.field == unknown.value.field == ("columnId",)


async def test_a_move_of_a_version_one_has_not_seen_is_refused(world: World) -> None:
    task = await world.add_task()
    command = MoveTask(task_id=task.id, column_id=world.done.id, expected_version=1)
    await world.run(move_task, command)
    with pytest.raises(StaleVersion) as refusal:
        await world.run(move_task, command)
    assert refusal.value.actual == 2


async def test_many_inserts_at_one_place_keep_ranks_short_and_the_order(world: World) -> None:
    first, last = await world.add_tasks(2)
    titles: list[str] = []
    for number in range(400):
        task = await world.do(
            create_task,
            CreateTask(
                project_id=world.project.id,
                column_id=world.to_do.id,
                title=f"Insert {number}",
                after_task_id=first.id,
            ),
        )
        assert len(task.position) <= RANK_CHARACTERS_MAX
        titles.insert(0, task.title)
    assert await world.titles_in(world.to_do) == [first.title, *titles, last.title]
    assert ProjectEventKind.COLUMN_REBALANCED in await world.kinds()
    async with world.transaction() as work:
        ranks = [task.position for task in await work.tasks_in_column(world.to_do.id)]
    assert max(map(len, ranks)) <= RANK_CHARACTERS_MAX


async def test_a_rebalancing_tells_exactly_the_new_places_of_the_neighbours(world: World) -> None:
    one, two = await world.add_tasks(2)
    known = {str(one.id): one.position, str(two.id): two.position}
    while ProjectEventKind.COLUMN_REBALANCED not in await world.kinds():
        before = dict(known)
        task = await world.do(
            create_task,
            CreateTask(
                project_id=world.project.id,
                column_id=world.to_do.id,
                title="Insert",
                after_task_id=one.id,
            ),
        )
        known[str(task.id)] = task.position
    rebalanced, created = (await world.events())[-2:]
    assert rebalanced.kind is ProjectEventKind.COLUMN_REBALANCED
    assert (rebalanced.subject_id, rebalanced.task_id) == (world.to_do.id, None)
    assert created.kind is ProjectEventKind.TASK_CREATED
    async with world.transaction() as work:
        kept = {str(t.id): t.position for t in await work.tasks_in_column(world.to_do.id)}
    moved = {i for i, rank in before.items() if kept[i] != rank}
    assert moved
    assert told(rebalanced) == {
        "positions": ({i: before[i] for i in moved}, {i: kept[i] for i in moved})
    }


async def test_a_task_may_move_within_the_column_that_is_rebalanced(world: World) -> None:
    first, second, wanderer = await world.add_tasks(3)
    # The wanderer and the second take turns right below the first.
    for number in range(400):
        mover, other = (wanderer, second) if number % 2 else (second, wanderer)
        moved = await world.do(
            move_task,
            MoveTask(
                task_id=mover.id,
                column_id=world.to_do.id,
                after_task_id=first.id,
                before_task_id=other.id,
            ),
        )
        assert len(moved.position) <= RANK_CHARACTERS_MAX
        assert await world.titles_in(world.to_do) == [first.title, mover.title, other.title]
    assert ProjectEventKind.COLUMN_REBALANCED in await world.kinds()


async def test_a_neighbour_may_get_the_rank_that_the_moving_task_leaves(world: World) -> None:
    top = a_task(world.to_do, number=1, position="a0", title="Top")
    ranks = ["a1"]
    while len(rank_between("a0", ranks[-1])) <= RANK_CHARACTERS_MAX:
        ranks.append(rank_between("a0", ranks[-1]))
    others = [
        a_task(world.to_do, number=n, position=rank, title=rank)
        for n, rank in enumerate(reversed(ranks), start=2)
    ]
    moving = a_task(world.to_do, number=999, position="a2", title="Moving")
    async with world.transaction() as work:
        await work.tasks.add(top, *others, moving)
        place = await find_place(work, world.to_do.id, moving=moving, before=None, after=top.id)
        # Far enough from the top that the task does not stand there already.
        left = place.after_by_task_id[others[1].id]
        assert left not in ranks
        await work.tasks.update(moving, replace(moving, position=left))
        await work.commit()
    before = await world.titles_in(world.to_do)
    command = MoveTask(task_id=moving.id, column_id=world.to_do.id, after_task_id=top.id)
    moved = await world.do(move_task, command)
    assert (await world.task(others[1].id)).position == left
    assert moved.position != left
    others_in_order = [title for title in before if title != "Moving"]
    others_in_order.insert(1, "Moving")
    assert await world.titles_in(world.to_do) == others_in_order
