"""How a column's category writes itself into a task's life."""

from datetime import datetime
from typing import assert_never

from domain.changed import changed
from domain.entities import Column, ColumnCategory, Task


def enter_column(task: Task, column: Column, now: datetime, *, position: str | None = None) -> Task:
    """The task standing in the column, its times set as the column's category says.

    Work starts once; leaving DONE or CANCELED takes their times back. Without a position it
    keeps its own.
    """
    started, completed, canceled = task.started_at, None, None
    match column.category:
        case ColumnCategory.BACKLOG | ColumnCategory.UNSTARTED:
            pass
        case ColumnCategory.STARTED:
            started = started or now
        case ColumnCategory.DONE:
            started = started or now
            completed = task.completed_at or now
        case ColumnCategory.CANCELED:
            canceled = task.canceled_at or now
        case _ as unknown:
            assert_never(unknown)
    return changed(
        task,
        column_id=column.id,
        position=task.position if position is None else position,
        started_at=started,
        completed_at=completed,
        canceled_at=canceled,
    )
