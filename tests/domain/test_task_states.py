from datetime import timedelta

import pytest

from domain.commands.task_states import enter_column
from domain.entities import ColumnCategory, Task
from tests.builders import MONDAY, a_column, a_task

LATER = MONDAY + timedelta(days=1)
MUCH_LATER = MONDAY + timedelta(days=2)


def _walk(*categories: ColumnCategory) -> Task:
    """A task that entered a column of each category in turn, the first on Monday."""
    task = a_task()
    for day, category in enumerate(categories):
        task = enter_column(task, a_column(category=category), MONDAY + timedelta(days=day))
    return task


@pytest.mark.parametrize("category", [ColumnCategory.BACKLOG, ColumnCategory.UNSTARTED])
def test_waiting_is_no_work(category: ColumnCategory) -> None:
    task = _walk(category)
    assert (task.started_at, task.completed_at, task.canceled_at) == (None, None, None)


def test_work_starts_in_a_started_column() -> None:
    task = _walk(ColumnCategory.STARTED)
    assert (task.started_at, task.completed_at, task.canceled_at) == (MONDAY, None, None)


def test_a_task_done_at_once_started_and_ended_then() -> None:
    task = _walk(ColumnCategory.DONE)
    assert (task.started_at, task.completed_at, task.canceled_at) == (MONDAY, MONDAY, None)


def test_a_canceled_task_was_never_completed() -> None:
    task = _walk(ColumnCategory.CANCELED)
    assert (task.started_at, task.completed_at, task.canceled_at) == (None, None, MONDAY)


def test_work_starts_only_once() -> None:
    task = _walk(ColumnCategory.STARTED, ColumnCategory.BACKLOG, ColumnCategory.STARTED)
    assert task.started_at == MONDAY


def test_moving_within_done_keeps_the_time_of_completion() -> None:
    assert _walk(ColumnCategory.DONE, ColumnCategory.DONE).completed_at == MONDAY


@pytest.mark.parametrize(
    "category", [ColumnCategory.BACKLOG, ColumnCategory.UNSTARTED, ColumnCategory.STARTED]
)
@pytest.mark.parametrize("end", [ColumnCategory.DONE, ColumnCategory.CANCELED])
def test_taking_a_task_up_again_takes_its_end_back(
    end: ColumnCategory, category: ColumnCategory
) -> None:
    task = _walk(end, category)
    assert (task.completed_at, task.canceled_at) == (None, None)


def test_a_done_task_can_be_canceled_and_a_canceled_one_done() -> None:
    canceled = _walk(ColumnCategory.DONE, ColumnCategory.CANCELED)
    assert (canceled.completed_at, canceled.canceled_at) == (None, LATER)
    done = _walk(ColumnCategory.STARTED, ColumnCategory.CANCELED, ColumnCategory.DONE)
    assert (done.started_at, done.completed_at, done.canceled_at) == (MONDAY, MUCH_LATER, None)


def test_the_task_stands_in_the_column_and_is_otherwise_the_same() -> None:
    task, column = a_task(title="Kept"), a_column()
    entered = enter_column(task, column, MONDAY)
    assert entered.column_id == column.id
    assert (entered.title, entered.position, entered.version) == ("Kept", task.position, 1)
