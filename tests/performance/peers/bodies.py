"""What is sent: the peers' own request bodies, and Taskwire's for the same tasks and boards."""

import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

import orjson

from tests.performance.peers.board_data import ANCHORS_PER_PROJECT

QUERIES: Final = ("q1", "q2", "q3", "q4", "q5")
TITLES: Final = {
    "q1": "one task with assignee, labels and project",
    "q2": "a board of 100 tasks",
    "q3": "a board of 300 tasks",
    "q4": "a task is moved",
    "q5": "mixed: 80 % single tasks, 15 % boards of 100, 5 % moves",
}
MIXED: Final = "q5"
_MIXED_LINES: Final = 2000
# Upper bounds of a draw from 0 to 1.
_MIXED_SHARES: Final = ((0.80, "q1"), (0.95, "q2"), (1.0, "q4"))
_SEED: Final = 7

# As many leaves as the peers' tasks have: `key` for their status, the creation of a user for the
# address of a picture. Neither exists in Taskwire.
_TASK: Final = (
    "id number title key priority position dueDate assignee { id name createdAt }"
    " labels { id name color } commentCount"
)
_BOARD: Final = (
    "query Board($id: ID!) { project(id: $id) { id key name columns { id name position"
    f" tasks(first: %d) {{ nodes {{ {_TASK} }} }} }} }} }}"
)
_DOCUMENTS: Final = {
    "q1": (
        "query TaskById($id: ID!) { task(id: $id) { id number title description key priority"
        " position dueDate assignee { id name email createdAt } labels { id name color }"
        " project { id key name } } }"
    ),
    "q2": _BOARD % 25,
    "q3": _BOARD % 75,
    "q4": (
        "mutation Move($taskId: ID!, $columnId: ID!, $beforeTaskId: ID) {"
        " taskMove(input: {taskId: $taskId, columnId: $columnId, beforeTaskId: $beforeTaskId})"
        f" {{ cursor errors {{ code message }} task {{ column {{ id }} {_TASK} }} }} }}"
    ),
}


def write_bodies(
    theirs: Path,
    target: Path,
    number_by_task_id: Mapping[UUID, int],
    anchors_by_column_id: Mapping[UUID, Sequence[UUID]],
) -> None:
    """Write `KIND-QUERY.txt` for every kind of contestant and query, one body a line."""
    target.mkdir(parents=True, exist_ok=True)
    lines = {
        kind: {query: (theirs / f"{kind}-{query}.txt").read_bytes().splitlines() for query in four}
        for kind in ("std", "pgr")
        for four in [QUERIES[:4]]
    }
    random_source = random.Random(_SEED)  # noqa: S311 - the same load every time
    ours: dict[str, list[bytes]] = {}
    for query in QUERIES[:3]:
        ours[query] = [
            _body(query, orjson.loads(line)["variables"]) for line in lines["std"][query]
        ]
    moves = (orjson.loads(line)["variables"] for line in lines["std"]["q4"])
    ours["q4"] = [
        _body(
            "q4",
            {
                "taskId": move["id"],
                "columnId": move["columnId"],
                # As people drag: to a place between others.
                "beforeTaskId": str(
                    random_source.choice(anchors_by_column_id[UUID(move["columnId"])])
                ),
            },
        )
        for move in moves
        if number_by_task_id[UUID(move["id"])] > ANCHORS_PER_PROJECT
    ]
    for kind, by_query in {**lines, "taskwire": ours}.items():
        by_query[MIXED] = list(_mixed(by_query))
        for query, bodies in by_query.items():
            (target / f"{kind}-{query}.txt").write_bytes(b"\n".join(bodies) + b"\n")


def _mixed(by_query: Mapping[str, Sequence[bytes]]) -> Iterator[bytes]:
    # From one seed, so that everybody gets the same sequence.
    random_source = random.Random(_SEED)  # noqa: S311
    for number in range(_MIXED_LINES):
        drawn = random_source.random()
        query = next(query for share, query in _MIXED_SHARES if drawn < share)
        bodies = by_query[query]
        yield bodies[number % len(bodies)]


def _body(query: str, variables: Mapping[str, str]) -> bytes:
    return orjson.dumps({"query": _DOCUMENTS[query], "variables": variables})
