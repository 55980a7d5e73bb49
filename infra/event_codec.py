"""Events as JSON, the value on Kafka and Redis: see `schemas/project-event.schema.json`.

Fields are only ever added; a reader passes over those it does not know.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, TypeVar
from uuid import UUID

import orjson

from domain.events import SCHEMA_VERSION, FieldChange, JsonValue, ProjectEvent, ProjectEventKind
from domain.identifiers import EventId, ProjectId, TaskId, UserId, WorkspaceId

T = TypeVar("T")
_Json = Mapping[str, JsonValue]

# RFC 3339 in UTC, with Z.
_OPTIONS: Final = orjson.OPT_UTC_Z


class MalformedEvent(ValueError):
    """Bytes that are no event this version can read."""


def encode_event(event: ProjectEvent) -> bytes:
    """The JSON of an event, in UTF-8."""
    # As text: orjson refuses the subclass of UUID that asyncpg reads.
    return orjson.dumps(
        {
            "id": str(event.id),
            "workspaceId": str(event.workspace_id),
            "projectId": str(event.project_id),
            "seq": event.seq,
            "kind": event.kind.value,
            "subjectId": str(event.subject_id),
            "taskId": None if event.task_id is None else str(event.task_id),
            "actorId": None if event.actor_id is None else str(event.actor_id),
            "changes": [
                {"field": change.field, "before": change.before, "after": change.after}
                for change in event.changes
            ],
            "clientMutationId": event.client_mutation_id,
            "occurredAt": event.occurred_at,
            "traceParent": event.trace_parent,
            "schemaVersion": SCHEMA_VERSION,
        },
        option=_OPTIONS,
    )


def decode_event(value: bytes | str) -> ProjectEvent:
    """The event in its JSON; raise MalformedEvent when it is none."""
    try:
        document = _as(dict, orjson.loads(value))
        return ProjectEvent(
            id=EventId(UUID(_as(str, document["id"]))),
            workspace_id=WorkspaceId(UUID(_as(str, document["workspaceId"]))),
            project_id=ProjectId(UUID(_as(str, document["projectId"]))),
            seq=_as(int, document["seq"]),
            kind=ProjectEventKind(document["kind"]),
            subject_id=UUID(_as(str, document["subjectId"])),
            task_id=_task_id(document["taskId"]),
            actor_id=_user_id(document["actorId"]),
            changes=tuple(_change(item) for item in _as(list, document["changes"])),
            client_mutation_id=_text(document["clientMutationId"]),
            occurred_at=_instant(document["occurredAt"]),
            trace_parent=_text(document.get("traceParent")),
        )
    # orjson's error is a ValueError, and so are a bad UUID, kind or time.
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedEvent(f"{type(error).__name__}: {error}") from error


def _change(value: JsonValue) -> FieldChange:
    change: _Json = _as(dict, value)
    return FieldChange(
        field=_as(str, change["field"]), before=change["before"], after=change["after"]
    )


def _task_id(value: JsonValue) -> TaskId | None:
    return None if value is None else TaskId(UUID(_as(str, value)))


def _user_id(value: JsonValue) -> UserId | None:
    return None if value is None else UserId(UUID(_as(str, value)))


def _text(value: JsonValue) -> str | None:
    return None if value is None else _as(str, value)


def _instant(value: JsonValue) -> datetime:
    instant = datetime.fromisoformat(_as(str, value))
    if instant.tzinfo is None:
        raise ValueError("a time without a zone")
    return instant.astimezone(UTC)


def _as(kind: type[T], value: object) -> T:
    # A bool is an int to Python and not to JSON.
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"expected {kind.__name__}, got {type(value).__name__}")
    return value
