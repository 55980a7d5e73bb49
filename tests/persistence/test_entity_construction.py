from dataclasses import FrozenInstanceError, astuple, fields, replace

import pytest

from domain.entities import Priority, Task
from persistence.entity_construction import construction_of
from persistence.mappings import TASKS
from tests.builders import a_task

_NAMES = tuple(f.name for f in fields(Task))


def _record(task: Task) -> tuple[object, ...]:
    return astuple(replace(task, priority=task.priority.value))  # type: ignore[arg-type]


def test_an_entity_from_a_row_is_the_one_that_its_class_makes() -> None:
    task = a_task(priority=Priority.HIGH)
    [made] = TASKS.entities([_record(task)])
    assert (made, hash(made), repr(made)) == (task, hash(task), repr(task))
    assert type(made) is Task


def test_what_follows_the_fields_in_a_row_is_left_out() -> None:
    tasks = [a_task(title="Warp"), a_task(title="Weft")]
    assert TASKS.entities([(*_record(task), 1, None) for task in tasks], extra=2) == tasks


def test_entities_from_rows_are_frozen() -> None:
    [made] = TASKS.entities([_record(a_task())])
    with pytest.raises(FrozenInstanceError):
        made.title = "Weft"  # type: ignore[misc]


def test_a_field_that_was_not_read_cannot_be_taken_for_an_empty_one() -> None:
    task = a_task(title="Warp")
    [made] = TASKS.entities([(task.id, "Warp")], names=("id", "title"))
    assert (made.id, made.title) == (task.id, "Warp")
    with pytest.raises(AttributeError):
        _ = made.description


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match="unpack"):
        TASKS.entities([_record(a_task())[:-1]])


def test_fields_that_the_entity_does_not_have_are_refused() -> None:
    with pytest.raises(ValueError, match="Task has no color"):
        construction_of(Task, (*_NAMES, "color"), {})


def test_wanted_fields_come_in_the_entitys_order_and_with_the_id() -> None:
    assert TASKS.names_among({"title", "number"}) == ("id", "number", "title")
    assert TASKS.names_among(None) == _NAMES
