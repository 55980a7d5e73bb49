import json
from datetime import UTC, datetime
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import infra
from domain.events import FieldChange, JsonValue, ProjectEvent, ProjectEventKind
from infra.event_codec import MalformedEvent, decode_event, encode_event
from tests.builders.events import an_event

_SCHEMA = json.loads(
    (Path(infra.__file__).parent / "schemas" / "project-event.schema.json").read_text()
)

_text = st.text(st.characters(exclude_categories=["Cs"]))
_json: st.SearchStrategy[JsonValue] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=6,
)
_events = st.builds(
    ProjectEvent,
    id=st.uuids(),
    workspace_id=st.uuids(),
    project_id=st.uuids(),
    seq=st.integers(1, 2**53),
    kind=st.sampled_from(ProjectEventKind),
    subject_id=st.uuids(),
    task_id=st.none() | st.uuids(),
    actor_id=st.none() | st.uuids(),
    changes=st.lists(
        st.builds(FieldChange, field=_text, before=_json, after=_json), max_size=3
    ).map(tuple),
    client_mutation_id=st.none() | _text,
    occurred_at=st.datetimes(timezones=st.just(UTC)),
    trace_parent=st.none() | _text,
)


@given(_events)
def test_an_event_comes_back_as_it_was(event: ProjectEvent) -> None:
    assert decode_event(encode_event(event)) == event
    assert decode_event(encode_event(event).decode()) == event


@given(_events)
def test_every_event_is_as_the_schema_says(event: ProjectEvent) -> None:
    jsonschema_rs.validate(_SCHEMA, json.loads(encode_event(event)), validate_formats=True)


def test_the_fields_of_the_contract_have_their_names() -> None:
    document = json.loads(encode_event(an_event(occurred_at=datetime(2026, 1, 5, 9, tzinfo=UTC))))
    assert document.keys() >= {
        "id", "projectId", "seq", "kind", "taskId", "actorId", "changes", "clientMutationId",
        "occurredAt", "schemaVersion",
    }  # fmt: skip
    assert document["occurredAt"] == "2026-01-05T09:00:00Z"
    assert document["schemaVersion"] == 1


def test_fields_of_a_later_version_are_passed_over() -> None:
    event = an_event()
    document = json.loads(encode_event(event)) | {"mood": "good"}
    assert decode_event(json.dumps(document)) == event


@pytest.mark.parametrize(
    "change",
    [
        {"id": "4"},
        {"projectId": None},
        {"seq": "1"},
        {"seq": True},
        {"kind": "TASK_EATEN"},
        {"changes": None},
        {"changes": [{"field": "title", "before": None}]},
        {"occurredAt": "yesterday"},
        {"occurredAt": "2026-01-05T09:00:00"},
        {"clientMutationId": 7},
    ],
    ids=str,
)
def test_what_is_no_event_is_refused(change: dict[str, object]) -> None:
    document = json.loads(encode_event(an_event())) | change
    with pytest.raises(MalformedEvent):
        decode_event(json.dumps(document))


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b"null", b"{}", b"\xff"])
def test_what_is_no_json_object_is_refused(value: bytes) -> None:
    with pytest.raises(MalformedEvent):
        decode_event(value)
