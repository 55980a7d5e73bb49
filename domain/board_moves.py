"""Finding a rank for a task, and making room where ranks have grown long."""

from dataclasses import dataclass
from typing import Final

from domain.board_order import RANK_CHARACTERS_MAX, rank_between, ranks_between
from domain.entities import Task
from domain.errors import InvalidMove
from domain.identifiers import ColumnId, TaskId
from domain.ports import Gap, UnitOfWork

# Neighbours respaced on each side at first; doubled until the new ranks are short.
_REBALANCE_TASKS: Final = 4
_REBALANCED_CHARACTERS: Final = RANK_CHARACTERS_MAX // 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A free rank in a column, and the ranks other tasks were given to make room."""

    position: str
    before_by_task_id: dict[TaskId, str]
    after_by_task_id: dict[TaskId, str]


async def find_place(
    work: UnitOfWork,
    column_id: ColumnId,
    *,
    moving: Task | None,
    before: TaskId | None,
    after: TaskId | None,
) -> Place:
    """A rank between two neighbours, its own where `moving` already stands between them.

    Raises InvalidMove when none of the neighbours stands in the column.
    """
    moving_id = None if moving is None else moving.id
    if moving_id is not None and moving_id in (before, after):
        raise InvalidMove("A task can't be its own neighbour.", field=("taskId",))
    gap = await work.task_gap(column_id, moving=moving_id, before=before, after=after)
    if gap is None:
        field = "afterTaskId" if after is not None else "beforeTaskId"
        raise InvalidMove(
            "The neighbour is not in that column any more. Read the column again and retry.",
            field=(field,),
        )
    if moving is not None and moving.column_id == column_id and is_within(gap, moving.position):
        return Place(position=moving.position, before_by_task_id={}, after_by_task_id={})
    position = rank_between(gap.previous, gap.following)
    if len(position) <= RANK_CHARACTERS_MAX:
        return Place(position=position, before_by_task_id={}, after_by_task_id={})
    return await _make_room(work, column_id, moving_id, position)


def is_within(gap: Gap, position: str) -> bool:
    """Whether the rank lies between the ranks on both sides."""
    return (gap.previous is None or gap.previous < position) and (
        gap.following is None or position < gap.following
    )


async def _make_room(
    work: UnitOfWork, column_id: ColumnId, moving: TaskId | None, position: str
) -> Place:
    count = _REBALANCE_TASKS
    while True:
        tasks = await work.tasks_around(column_id, position, count + 1, excluding=moving)
        below = [t for t in tasks if t.position < position]
        above = [t for t in tasks if t.position > position]
        # The outermost of each full side stays where it is and bounds the others.
        floor = below.pop(0).position if len(below) > count else None
        ceiling = above.pop().position if len(above) > count else None
        ranks = ranks_between(floor, ceiling, len(below) + 1 + len(above))
        is_whole_column = floor is None and ceiling is None
        if is_whole_column or max(map(len, ranks)) <= _REBALANCED_CHARACTERS:
            break
        count *= 2
    moved: list[tuple[Task, str]] = [
        *zip(below, ranks[: len(below)], strict=True),
        *zip(above, ranks[len(below) + 1 :], strict=True),
    ]
    moved = [(task, rank) for task, rank in moved if task.position != rank]
    return Place(
        position=ranks[len(below)],
        before_by_task_id={task.id: task.position for task, _ in moved},
        after_by_task_id={task.id: rank for task, rank in moved},
    )
