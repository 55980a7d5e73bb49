from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.board_moves import Place, find_place
from domain.board_order import RANK_CHARACTERS_MAX, rank_between
from domain.entities import Column, Task
from domain.errors import ErrorCode, InvalidMove
from tests.builders import a_column, a_task
from tests.fakes import MemoryDatabase

COLUMN = a_column()


def _tasks(ranks: Sequence[str], column: Column = COLUMN) -> list[Task]:
    return [a_task(column, number=n, position=rank) for n, rank in enumerate(ranks, start=1)]


async def _place(
    tasks: Sequence[Task],
    *,
    column: Column = COLUMN,
    moving: Task | None = None,
    before: Task | None = None,
    after: Task | None = None,
) -> Place:
    """Where the task goes among these."""
    async with MemoryDatabase().unit_of_work() as work:
        await work.columns.add(COLUMN)
        await work.tasks.add(*tasks)
        return await find_place(
            work,
            column.id,
            moving=moving,
            before=before.id if before else None,
            after=after.id if after else None,
        )


def _after(tasks: Sequence[Task], place: Place, moving: Task | None = None) -> list[str]:
    """Everybody's rank once the place is taken, in the old order with the new rank in it."""
    others = [task for task in tasks if moving is None or task.id != moving.id]
    ranks = [place.after_by_task_id.get(task.id, task.position) for task in others]
    return sorted([*ranks, place.position])


async def test_the_first_task_of_a_column_takes_the_first_rank() -> None:
    assert (await _place([])).position == "a0"


async def test_without_neighbours_a_task_goes_to_the_end() -> None:
    assert (await _place(_tasks(["a0", "a1"]))).position == "a2"


async def test_a_task_goes_between_the_named_neighbour_and_the_next() -> None:
    first, second, third = tasks = _tasks(["a0", "a1", "a2"])
    assert "a0" < (await _place(tasks, after=first)).position < "a1"
    assert "a1" < (await _place(tasks, before=third)).position < "a2"
    assert (await _place(tasks, before=first)).position < "a0"
    assert (await _place(tasks, after=third)).position > "a2"
    assert "a1" < (await _place(tasks, after=second, before=third)).position < "a2"


async def test_when_one_neighbour_left_the_other_decides() -> None:
    first, second = tasks = _tasks(["a0", "a1"])
    gone = a_task(number=9)
    assert "a0" < (await _place(tasks, after=first, before=gone)).position < "a1"
    assert "a0" < (await _place(tasks, after=gone, before=second)).position < "a1"


async def test_when_both_neighbours_left_the_move_is_refused() -> None:
    with pytest.raises(InvalidMove) as refusal:
        await _place(_tasks(["a0"]), after=a_task(), before=a_task())
    assert refusal.value.field == ("afterTaskId",)
    assert refusal.value.code is ErrorCode.INVALID_MOVE
    with pytest.raises(InvalidMove) as refusal:
        await _place(_tasks(["a0"]), before=a_task())
    assert refusal.value.field == ("beforeTaskId",)


async def test_a_task_is_no_neighbour_of_itself() -> None:
    [task] = tasks = _tasks(["a0"])
    with pytest.raises(InvalidMove, match="its own neighbour") as refusal:
        await _place(tasks, moving=task, before=task)
    assert refusal.value.field == ("taskId",)
    with pytest.raises(InvalidMove, match="its own neighbour"):
        await _place(tasks, moving=task, after=task)


async def test_a_task_that_stands_there_already_keeps_its_rank() -> None:
    first, second, third = tasks = _tasks(["a0", "a0V", "a5"])
    assert (await _place(tasks, moving=third)).position == "a5"
    assert (await _place(tasks, moving=second, after=first)).position == "a0V"
    assert (await _place(tasks, moving=second, before=third)).position == "a0V"
    assert (await _place(tasks, moving=first, before=second)).position == "a0"


async def test_the_same_rank_in_another_column_is_not_kept() -> None:
    moving = a_task(a_column(), position="a9")
    assert (await _place(_tasks(["a0"]), moving=moving)).position == "a1"


# Inserts at one place that bring a rank beyond the limit: five or six for a character.
_MANY = RANK_CHARACTERS_MAX * 11 // 2


def _crowded(count: int) -> list[str]:
    """Ranks of inserts that each went right below the head's neighbour, the last one long."""
    ranks = ["a0", "a1"]
    for _ in range(count):
        ranks.insert(1, rank_between("a0", ranks[1]))
    return ranks


async def test_a_rank_within_the_limit_moves_nobody_else() -> None:
    tasks = _tasks(_crowded(100))
    place = await _place(tasks, after=tasks[0])
    assert len(place.position) <= RANK_CHARACTERS_MAX
    assert place.after_by_task_id == {}


async def test_where_few_stand_close_together_few_are_moved() -> None:
    top, *crowded = _crowded(_MANY)
    tasks = _tasks([top, *crowded[:5], "a1", *(f"a{digit}" for digit in range(2, 10))])
    place = await _place(tasks, after=tasks[0])
    assert len(place.position) <= RANK_CHARACTERS_MAX // 4
    assert 0 < len(place.after_by_task_id) <= 8


async def test_a_rank_beyond_the_limit_makes_room_with_few_others() -> None:
    tasks = _tasks(_crowded(_MANY))
    place = await _place(tasks, after=tasks[0])
    assert len(place.position) <= RANK_CHARACTERS_MAX // 2
    assert 0 < len(place.after_by_task_id) < len(tasks)
    assert place.before_by_task_id == {
        task.id: task.position for task in tasks if task.id in place.after_by_task_id
    }
    assert all(
        rank != place.before_by_task_id[task_id] for task_id, rank in place.after_by_task_id.items()
    )


@given(st.integers(170, 260), st.integers(0, 12), st.booleans())
async def test_making_room_keeps_the_order_whoever_moves(
    count: int,
    neighbour: int,
    moves_within: bool,  # noqa: FBT001 - hypothesis passes by name
) -> None:
    tasks = _tasks(_crowded(count))
    moving = [None, tasks[-1]][moves_within]
    others = [task for task in tasks if task is not moving]
    place = await _place(tasks, moving=moving, after=tasks[neighbour])
    ranks = [place.after_by_task_id.get(task.id, task.position) for task in others]
    assert all(one < other for one, other in pairwise(ranks))
    assert ranks[neighbour] < place.position < ranks[neighbour + 1]
    assert len(_after(tasks, place, moving)) == len(set(_after(tasks, place, moving)))
