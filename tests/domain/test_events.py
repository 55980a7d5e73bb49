from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from domain.entities import ColumnCategory, Priority
from domain.events import FieldChange, JsonValue, camel_case, changes_between, json_value
from tests.builders import MONDAY, a_checklist_item, a_label, a_project, a_task

AN_ID = UUID("0190f5e0-0000-7000-8000-000000000001")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (1.5, 1.5),
        ("text", "text"),
        (Priority.URGENT, "URGENT"),
        (ColumnCategory.DONE, "DONE"),
        (AN_ID, "0190f5e0-0000-7000-8000-000000000001"),
        (date(2026, 2, 3), "2026-02-03"),
        (MONDAY, "2026-01-05T09:00:00Z"),
        (datetime(2026, 1, 5, 9, 0, 0, 120, tzinfo=UTC), "2026-01-05T09:00:00.000120Z"),
        ([AN_ID], ["0190f5e0-0000-7000-8000-000000000001"]),
        ({AN_ID: "a0"}, {"0190f5e0-0000-7000-8000-000000000001": "a0"}),
    ],
)
def test_every_field_has_a_json_form(value: object, expected: JsonValue) -> None:
    assert json_value(value) == expected


def test_what_has_no_json_form_is_a_fault() -> None:
    with pytest.raises(TypeError, match="no JSON form for object"):
        json_value(object())


@pytest.mark.parametrize(
    ("name", "expected"),
    [("title", "title"), ("due_date", "dueDate"), ("is_completed", "isCompleted")],
)
def test_fields_are_told_by_their_graphql_names(name: str, expected: str) -> None:
    assert camel_case(name) == expected


def test_only_the_fields_that_differ_are_told() -> None:
    task = a_task()
    after = replace(task, title="New", priority=Priority.HIGH, due_date=date(2026, 2, 3))
    assert set(changes_between(task, after)) == {
        FieldChange(field="title", before=task.title, after="New"),
        FieldChange(field="priority", before="NONE", after="HIGH"),
        FieldChange(field="dueDate", before=None, after="2026-02-03"),
    }


def test_bookkeeping_is_never_told() -> None:
    project = a_project()
    after = replace(
        project, version=2, event_seq=9, last_task_number=3, updated_at=datetime.now(UTC)
    )
    assert changes_between(project, after) == ()


def _values(changes: tuple[FieldChange, ...], side: str) -> Mapping[str, JsonValue]:
    return {change.field: getattr(change, side) for change in changes}


def test_a_new_object_is_told_whole_but_for_what_is_empty() -> None:
    item = a_checklist_item(a_task(), title="Step")
    changes = changes_between(None, item)
    assert _values(changes, "after") == {
        "taskId": str(item.task_id),
        "title": "Step",
        "isCompleted": False,
        "position": "a0",
    }
    assert set(_values(changes, "before").values()) == {None}


def test_a_removed_object_is_told_whole() -> None:
    label = a_label(a_project(), name="Bug", color="#d73a4a")
    changes = changes_between(label, None)
    assert _values(changes, "before") == {"name": "Bug", "color": "#d73a4a"}
    assert _values(changes, "after") == {"name": None, "color": None}
