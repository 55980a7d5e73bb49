"""Taskwire's database with the peers' board in it: copied from theirs, ids and all."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Final
from uuid import UUID

import asyncpg

from domain.access import Role
from domain.board_order import ranks_between
from domain.entities import ColumnCategory, Priority
from domain.identifiers import UserId
from persistence.migration import upgrade
from tests.performance.peers.work_folder import PEERS_DATABASE

DATABASE: Final = "taskwire"
# Tasks up to this number in a project stay where they are, for moves to refer to.
ANCHORS_PER_PROJECT: Final = 24

_WORKSPACE: Final = UUID("0b6ce29e-7bd1-4a53-8b9a-0f5b5d8f0001")
_CREATED_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
_CATEGORIES: Final = (
    ColumnCategory.BACKLOG,
    ColumnCategory.UNSTARTED,
    ColumnCategory.STARTED,
    ColumnCategory.DONE,
)
_PRIORITIES: Final = len(Priority)
_TABLES: Final = "tasks, projects, project_events, outbox"

_Row = Mapping[str, object]


async def create(server_url: str) -> str:
    """Make the database anew; return its URL."""
    administration = await asyncpg.connect(server_url + "postgres")
    try:
        await administration.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        # As the embedded stack makes it.
        await administration.execute(
            f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8'"
            " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
        )
    finally:
        await administration.close()
    await asyncio.to_thread(upgrade, server_url + DATABASE)
    theirs = await asyncpg.connect(server_url + PEERS_DATABASE)
    ours = await asyncpg.connect(server_url + DATABASE)
    try:
        await _copy(theirs, ours)
    finally:
        await theirs.close()
        await ours.close()
    return server_url + DATABASE


async def copy(server_url: str, name: str) -> str:
    """Make a copy of the database, on which nothing may be connected; return its URL."""
    administration = await asyncpg.connect(server_url + "postgres")
    try:
        await administration.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await administration.execute(f"CREATE DATABASE {name} TEMPLATE {DATABASE}")
    finally:
        await administration.close()
    return f"{server_url}{name}"


async def a_member(server_url: str) -> UserId:
    """Somebody who may see and change the boards."""
    connection = await asyncpg.connect(server_url + DATABASE)
    try:
        return UserId(await connection.fetchval("SELECT user_id FROM memberships LIMIT 1"))
    finally:
        await connection.close()


async def tidy(server_url: str) -> None:
    """Clean up behind the moves, as a relay and the autovacuum would."""
    for database, statements in (
        (PEERS_DATABASE, ("VACUUM ANALYZE app.tasks",)),
        (DATABASE, ("DELETE FROM outbox", f"VACUUM ANALYZE {_TABLES}")),
    ):
        connection = await asyncpg.connect(server_url + database)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


async def task_places(server_url: str) -> tuple[dict[UUID, int], dict[UUID, list[UUID]]]:
    """Every task's number in its project, and the anchors of every column in the peers' data."""
    connection = await asyncpg.connect(server_url + PEERS_DATABASE)
    try:
        rows = await connection.fetch("SELECT id, number, column_id FROM app.tasks")
        anchors = await connection.fetch(
            "SELECT id, column_id FROM app.tasks WHERE number <= $1 ORDER BY id",
            ANCHORS_PER_PROJECT,
        )
    finally:
        await connection.close()
    anchors_by_column_id: dict[UUID, list[UUID]] = {}
    for task_id, column_id in anchors:
        anchors_by_column_id.setdefault(column_id, []).append(task_id)
    return {row["id"]: row["number"] for row in rows}, anchors_by_column_id


async def _copy(theirs: asyncpg.Connection, ours: asyncpg.Connection) -> None:
    projects = await _rows(theirs, "SELECT * FROM app.projects")
    users = await _rows(theirs, "SELECT * FROM app.users")
    columns = await _rows(theirs, "SELECT * FROM app.columns")
    labels = await _rows(theirs, "SELECT * FROM app.labels")
    tasks = await _rows(
        theirs,
        "SELECT t.*, p.key FROM app.tasks t JOIN app.projects p ON p.id = t.project_id"
        " ORDER BY t.column_id, t.position",
    )
    await _insert(ours, "workspaces", [_workspace()])
    await _insert(ours, "users", map(_user, users))
    await _insert(ours, "memberships", [_membership(user["id"]) for user in users])
    await _insert(ours, "projects", map(_project, projects))
    await _insert(ours, "board_columns", map(_column, columns))
    await _insert(ours, "labels", map(_label, labels))
    await _insert(ours, "tasks", _tasks(tasks))
    await _insert(
        ours,
        "task_labels",
        await _rows(
            theirs,
            "SELECT task_id, label_id, project_id FROM app.task_labels"
            " JOIN app.labels ON labels.id = label_id",
        ),
    )
    comments = await _rows(
        theirs,
        "SELECT comments.*, project_id FROM app.comments JOIN app.tasks ON tasks.id = task_id",
    )
    await _insert(ours, "comments", map(_comment, comments))
    await ours.execute("VACUUM ANALYZE")


async def _rows(connection: asyncpg.Connection, query: str) -> list[_Row]:
    return [dict(row) for row in await connection.fetch(query)]


async def _insert(connection: asyncpg.Connection, table: str, rows: Iterable[_Row]) -> None:
    listed = list(rows)
    await connection.copy_records_to_table(
        table,
        records=[tuple(row.values()) for row in listed],
        columns=list(listed[0].keys()),
    )


def _identified(identifier: object) -> dict[str, object]:
    return {"id": identifier, "created_at": _CREATED_AT, "updated_at": _CREATED_AT}


def _workspace() -> _Row:
    return {**_identified(_WORKSPACE), "slug": "peers", "name": "Peers", "version": 1}


def _membership(user_id: object) -> _Row:
    # One a user, so the user's id will do.
    return {
        **_identified(user_id),
        "workspace_id": _WORKSPACE,
        "user_id": user_id,
        "role": Role.MEMBER.value,
    }


def _user(row: _Row) -> _Row:
    return {**_identified(row["id"]), "name": row["name"], "email": row["email"]}


def _project(row: _Row) -> _Row:
    return {
        **_identified(row["id"]),
        "workspace_id": _WORKSPACE,
        "key": row["key"],
        "name": row["name"],
        "description": "",
        "version": 1,
        "event_seq": 0,
        "last_task_number": 300,
    }


def _in_project(row: _Row) -> dict[str, object]:
    return {
        **_identified(row["id"]),
        "workspace_id": _WORKSPACE,
        "project_id": row["project_id"],
        "version": 1,
    }


def _column(row: _Row) -> _Row:
    number = int(str(row["position"]))
    return {
        **_in_project(row),
        "name": row["name"],
        "category": _CATEGORIES[number - 1].value,
        "position": ranks_between(None, None, number)[-1],
    }


def _label(row: _Row) -> _Row:
    return {**_in_project(row), "name": row["name"], "color": row["color"]}


def _tasks(rows: Sequence[_Row]) -> Iterable[_Row]:
    for _, group in groupby(rows, key=lambda row: row["column_id"]):
        column = list(group)
        for row, position in zip(column, ranks_between(None, None, len(column)), strict=True):
            yield _task(row, position)


def _task(row: _Row, position: str) -> _Row:
    return {
        **_in_project(row),
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "column_id": row["column_id"],
        "number": row["number"],
        "key": f"{row['key']}-{row['number']}",
        "title": row["title"],
        "description": row["description"],
        "position": position,
        "priority": int(str(row["priority"])) % _PRIORITIES,
        "due_date": row["due_date"],
        "assignee_id": row["assignee_id"],
        "creator_id": row["creator_id"],
    }


def _comment(row: _Row) -> _Row:
    return {
        **_in_project(row),
        "created_at": row["created_at"],
        "updated_at": row["created_at"],
        "task_id": row["task_id"],
        "author_id": row["author_id"],
        "body": row["body"],
    }
