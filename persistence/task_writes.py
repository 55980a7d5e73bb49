"""One task's change, its event and all that belongs to it, written in one statement."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, DateTime, Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from domain.entities import Task
from domain.events import ProjectEvent
from domain.identifiers import UserId
from domain.ports import IdempotentResult
from persistence import mappings
from persistence.compiled_statements import EXECUTION, CompiledStatement, PipelinedStatement
from persistence.event_append import EVENTS_CHANNEL, changes_json
from persistence.tables import tasks

# Commands change a few sets of fields together.
_STATEMENTS: Final = 64

# What moves change; version and instant change with everything.
_MOVED_NAMES: Final = (
    "column_id",
    "position",
    "started_at",
    "completed_at",
    "canceled_at",
    "version",
    "updated_at",
)
# What the statement calls the new value of a column.
_NEW_NAMES: Final = {name: f"new_{name}" for name in mappings.TASKS.names}

_moved_values: Final[Callable[[Task], tuple[object, ...]]] = attrgetter(*_MOVED_NAMES)
_unmoved_values: Final[Callable[[Task], tuple[object, ...]]] = attrgetter(
    *(name for name in mappings.TASKS.names if name not in _MOVED_NAMES)
)

_EVENT_TYPES: Final[Mapping[str, TypeEngine[Any]]] = {
    "event_id": Uuid(),
    "workspace_id": Uuid(),
    "project_id": Uuid(),
    "seq": BigInteger(),
    "kind": Text(),
    "subject_id": Uuid(),
    "task_id": Uuid(),
    "actor_id": Uuid(),
    "changes": Text(),
    "client_mutation_id": Text(),
    "occurred_at": DateTime(timezone=True),
    "trace_parent": Text(),
}
_KEY_TYPES: Final[Mapping[str, TypeEngine[Any]]] = {
    "key_actor_id": Uuid(),
    "key": Text(),
    "fingerprint": Text(),
    "object_ids": ARRAY(Uuid()),
}


def task_write(
    before: Task,
    after: Task,
    event: ProjectEvent,
    *,
    seen_seq: int,
    previous_event_id: UUID | None,
    key: Mapping[str, object] | None,
) -> tuple[CompiledStatement, Mapping[str, object]]:
    """The statement and its parameters; it answers one row where it wrote, else none.

    It writes where the project's counter is `seen_seq` and the event there has this id, if one is
    given. key: what `key_parameters` made, to be kept along.
    """
    if _unmoved_values(before) == _unmoved_values(after):
        # One statement for all moves, so that they share round trips.
        changed = dict(zip(_MOVED_NAMES, _moved_values(after), strict=True))
    else:
        changed = mappings.TASKS.changed_values(before, after)
    parameters = {
        **{_NEW_NAMES[name]: value for name, value in changed.items()},
        **_event_parameters(event),
        "seen_seq": seen_seq,
        "previous_event_id": previous_event_id,
        **(key or {}),
    }
    return _statement(tuple(changed), has_key=key is not None), parameters


def key_parameters(actor_id: UserId, key: str, result: IdempotentResult) -> Mapping[str, object]:
    """What claims an idempotency key and keeps what its first request led to."""
    return {
        "key_actor_id": actor_id,
        "key": key,
        "fingerprint": result.fingerprint,
        "object_ids": list(result.object_ids),
    }


def _event_parameters(event: ProjectEvent) -> dict[str, object]:
    return {
        "event_id": event.id,
        "workspace_id": event.workspace_id,
        "project_id": event.project_id,
        "seq": event.seq,
        "kind": event.kind.value,
        "subject_id": event.subject_id,
        "task_id": event.task_id,
        "actor_id": event.actor_id,
        "changes": orjson.dumps(changes_json(event)).decode(),
        "client_mutation_id": event.client_mutation_id,
        "occurred_at": event.occurred_at,
        "trace_parent": event.trace_parent,
    }


@lru_cache(maxsize=_STATEMENTS)
def _statement(names: tuple[str, ...], *, has_key: bool) -> CompiledStatement:
    """Counter, task, event, outbox, key and NOTIFY; no row where the counter is another.

    Nor where somebody has the project locked: they are about to raise its counter, and waiting for
    them would make all wait who share the round trip.
    """
    new = {_NEW_NAMES[name]: tasks.c[name].type for name in names}
    kept = (
        """, kept AS (
            INSERT INTO idempotency_keys (user_id, key, fingerprint, object_ids, project_id, seq)
            SELECT :key_actor_id, :key, :fingerprint, :object_ids, id, CAST(:seq AS bigint)
            FROM counted
        )"""
        if has_key
        else ""
    )
    assignments = ", ".join(f"{name} = :{_NEW_NAMES[name]}" for name in names)
    types = {
        **_EVENT_TYPES,
        **new,
        "seen_seq": BigInteger(),
        "previous_event_id": Uuid(),
        **(_KEY_TYPES if has_key else {}),
    }
    return PipelinedStatement(
        text(f"""
        WITH counted AS (
            UPDATE projects SET event_seq = :seq
            WHERE id = (
                SELECT id FROM projects WHERE id = :project_id AND event_seq = :seen_seq
                FOR NO KEY UPDATE SKIP LOCKED
            ) AND (
                CAST(:previous_event_id AS uuid) IS NULL
                OR :previous_event_id = (
                    SELECT id FROM project_events
                    WHERE project_id = :project_id AND seq = :seen_seq
                )
            )
            RETURNING id
        ), written AS (
            UPDATE tasks SET {assignments}
            WHERE id = :subject_id AND project_id = (SELECT id FROM counted)
        ), recorded AS (
            INSERT INTO project_events (
                id, workspace_id, project_id, seq, kind, subject_id, task_id, actor_id,
                changes, client_mutation_id, occurred_at, trace_parent
            )
            SELECT :event_id, CAST(:workspace_id AS uuid), counted.id, :seq, :kind,
                   :subject_id, :task_id, :actor_id, CAST(:changes AS jsonb),
                   :client_mutation_id, :occurred_at, :trace_parent
            FROM counted
        ), queued AS (
            INSERT INTO outbox (project_id, seq) SELECT id, :seq FROM counted
        ){kept}
        SELECT pg_notify('{EVENTS_CHANNEL}', CAST(id AS text)), CAST(:execution AS integer)
        FROM counted
        """).bindparams(EXECUTION, *(bindparam(name, type_=kind) for name, kind in types.items()))  # noqa: S608 - names of columns and a constant alone are put in
    )
