"""Whether a contestant answers with the board that is in the database."""

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
import orjson

from tests.performance.peers.contestants import Contestant
from tests.performance.peers.work_folder import PEERS_DATABASE

_SAMPLES: Final = 3
# What every contestant is asked for under one name, column by column in board order.
_BOARD: Final = """
SELECT jsonb_build_object('id', t.id, 'number', t.number, 'title', t.title,
    'dueDate', t.due_date, 'assignee', (SELECT name FROM app.users WHERE id = t.assignee_id),
    'labels', (SELECT jsonb_agg(name ORDER BY name) FROM app.task_labels
        JOIN app.labels ON labels.id = label_id WHERE task_id = t.id),
    'commentCount', (SELECT count(*) FROM app.comments WHERE task_id = t.id))
FROM app.columns c
CROSS JOIN LATERAL (
    SELECT * FROM app.tasks WHERE column_id = c.id ORDER BY position LIMIT 25) t
WHERE c.project_id = $1 ORDER BY c.position, t.position"""


async def differences(
    contestant: Contestant, url: str, bodies_folder: Path, server_url: str
) -> str | None:
    """What differs first on some boards of 100, or None when all is the same."""
    headers = {"content-type": "application/json"}
    if contestant.token:
        headers["authorization"] = f"Bearer {contestant.token}"
    connection = await asyncpg.connect(server_url + PEERS_DATABASE)
    try:
        async with httpx.AsyncClient(headers=headers, timeout=20) as http:
            with contestant.bodies(bodies_folder, "q2").open("rb") as lines:
                for body in islice(lines, _SAMPLES):
                    project_id = orjson.loads(body)["variables"]["id"]
                    rows = await connection.fetch(_BOARD, project_id)
                    expected = [orjson.loads(row[0]) for row in rows]
                    answer = await http.post(url, content=body)
                    different = _difference(orjson.loads(answer.content), expected)
                    if different:
                        return different
    finally:
        await connection.close()
    return None


def _difference(answer: Mapping[str, Any], expected: Sequence[object]) -> str | None:
    if answer.get("errors"):
        return str(answer["errors"])
    tasks = [
        _common(task)
        for column in answer["data"]["project"]["columns"]
        for task in _items(column["tasks"])
    ]
    if len(tasks) != len(expected):
        return f"{len(tasks)} tasks for {len(expected)}"
    return next(
        (
            f"{task} for {other}"
            for task, other in zip(tasks, expected, strict=True)
            if task != other
        ),
        None,
    )


def _items(tasks: Any) -> Sequence[Mapping[str, Any]]:  # noqa: ANN401 - a list, or a connection
    found: Sequence[Mapping[str, Any]] = tasks["nodes"] if isinstance(tasks, dict) else tasks
    return found


def _common(task: Mapping[str, Any]) -> dict[str, object]:
    assignee = task["assignee"]
    return {
        "id": task["id"],
        "number": task["number"],
        "title": task["title"],
        "dueDate": task["dueDate"],
        "assignee": assignee and assignee["name"],
        "labels": sorted(label["name"] for label in task["labels"]),
        "commentCount": task["commentCount"],
    }
