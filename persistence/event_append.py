"""Appending events to their projects' logs: log, outbox, counter and the relay's wake-up."""

from collections.abc import Sequence
from typing import Final

import orjson
from sqlalchemy import Text, bindparam, text

from domain.events import ProjectEvent
from persistence.compiled_statements import CompiledStatement

# The relay listens here; the payload is the project's id.
EVENTS_CHANNEL: Final = "taskwire_events"

# Log, outbox and counter in one round trip. The project rows are locked, so the counter is ours.
APPEND_EVENTS: Final = CompiledStatement(
    text(f"""
    WITH recorded AS (
        INSERT INTO project_events (
            id, workspace_id, project_id, seq, kind, subject_id, task_id, actor_id,
            changes, client_mutation_id, occurred_at, trace_parent
        )
        SELECT id, workspace_id, project_id, seq, kind, subject_id, task_id, actor_id,
               changes, client_mutation_id, occurred_at, trace_parent
        FROM jsonb_to_recordset(CAST(:events AS jsonb)) AS event(
            id uuid, workspace_id uuid, project_id uuid, seq bigint, kind text, subject_id uuid,
            task_id uuid, actor_id uuid, changes jsonb, client_mutation_id text,
            occurred_at timestamptz, trace_parent text
        )
        RETURNING project_id, seq
    ), queued AS (
        INSERT INTO outbox (project_id, seq)
        SELECT project_id, seq FROM recorded ORDER BY project_id, seq
    ), counted AS (
        UPDATE projects SET event_seq = latest.seq
        FROM (SELECT project_id, max(seq) AS seq FROM recorded GROUP BY project_id) AS latest
        WHERE projects.id = latest.project_id
        RETURNING projects.id
    )
    SELECT pg_notify('{EVENTS_CHANNEL}', CAST(id AS text)) FROM counted
""").bindparams(bindparam("events", type_=Text))  # noqa: S608 - the constant alone is put in
)


def event_rows(events: Sequence[ProjectEvent]) -> str:
    """The parameter of APPEND_EVENTS."""
    return orjson.dumps([_event_row(event) for event in events]).decode()


def _event_row(event: ProjectEvent) -> dict[str, object]:
    return {
        "id": str(event.id),
        "workspace_id": str(event.workspace_id),
        "project_id": str(event.project_id),
        "seq": event.seq,
        "kind": event.kind.value,
        "subject_id": str(event.subject_id),
        "task_id": None if event.task_id is None else str(event.task_id),
        "actor_id": None if event.actor_id is None else str(event.actor_id),
        "changes": changes_json(event),
        "client_mutation_id": event.client_mutation_id,
        "occurred_at": event.occurred_at.isoformat(),
        "trace_parent": event.trace_parent,
    }


def changes_json(event: ProjectEvent) -> list[dict[str, object]]:
    """The event's changes as they are kept."""
    return [
        {"field": change.field, "before": change.before, "after": change.after}
        for change in event.changes
    ]
