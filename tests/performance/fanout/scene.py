"""Boards, people and access tokens for the measurement, made in the stack's own database."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

import asyncpg

from domain.access import Role
from domain.commands.execution import CommandBus
from domain.commands.projects import CreateProject, create_project
from domain.commands.tasks import CreateTask, create_task
from domain.commands.workspaces import CreateWorkspace, create_workspace
from domain.identifiers import SessionId, UserId
from infra.clock import SystemClock
from infra.security import JwtAccessTokens
from persistence.database import Database
from web.bootstrap import command_bus

BOARDS_PER_WORKSPACE: Final = 10
_TOKEN_SECONDS: Final = 4 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A project with one task that is changed, and the tokens of those who watch it."""

    project_id: UUID
    column_id: UUID
    task_id: UUID
    owner_id: UUID
    tokens: Sequence[str]


def nobodys_board(watchers: int) -> Board:
    """A board for servers that ask nobody who they are."""
    return Board(
        project_id=uuid4(),
        column_id=uuid4(),
        task_id=uuid4(),
        owner_id=uuid4(),
        tokens=[""] * watchers,
    )


@asynccontextmanager
async def _bus(database_url: str) -> AsyncIterator[CommandBus]:
    async with Database(database_url) as database:
        yield command_bus(database)


async def create(
    database_url: str, secret_key: str, *, boards: int, watchers_per_board: int
) -> list[Board]:
    """Boards in workspaces of ten, each with watchers of its own, who are different people."""
    tokens = JwtAccessTokens(secret_key=secret_key, seconds=_TOKEN_SECONDS, clock=SystemClock())
    connection = await asyncpg.connect(database_url)
    try:
        async with _bus(database_url) as bus:
            made: list[Board] = []
            while len(made) < boards:
                count = min(BOARDS_PER_WORKSPACE, boards - len(made))
                made += await _workspace(bus, connection, tokens, count, watchers_per_board)
    finally:
        await connection.close()
    return made


async def _workspace(
    bus: CommandBus,
    connection: "asyncpg.Connection[asyncpg.Record]",
    tokens: JwtAccessTokens,
    boards: int,
    watchers: int,
) -> list[Board]:
    [owner_id] = await _people(connection, 1)
    slug = f"fanout-{uuid4().hex[:12]}"
    workspace = await bus.run(
        create_workspace, CreateWorkspace(slug=slug, name="Fan-out"), actor_id=owner_id
    )
    [workspace_id] = workspace.object_ids
    made = []
    for number in range(boards):
        watcher_ids = await _people(connection, watchers)
        await _add_members(connection, workspace_id, watcher_ids)
        command = CreateProject(workspace_id=workspace_id, key=f"FAN{number}", name="Fan-out")
        project = await bus.run(create_project, command, actor_id=owner_id)
        [project_id] = project.object_ids
        column_id = await connection.fetchval(
            "SELECT id FROM board_columns WHERE project_id = $1 ORDER BY position LIMIT 1",
            project_id,
        )
        task = await bus.run(
            create_task,
            CreateTask(project_id=project_id, column_id=column_id, title="Watched"),
            actor_id=owner_id,
        )
        made.append(
            Board(
                project_id=project_id,
                column_id=column_id,
                task_id=task.object_ids[0],
                owner_id=owner_id,
                tokens=[tokens.issue(w, SessionId(uuid4())) for w in watcher_ids],
            )
        )
    return made


async def _people(connection: "asyncpg.Connection[asyncpg.Record]", count: int) -> list[UserId]:
    ids = [uuid4() for _ in range(count)]
    await connection.execute(
        "INSERT INTO users (id, name, email, created_at, updated_at)"
        " SELECT id, 'Watcher', id::text || '@fanout.test', $2, $2"
        " FROM unnest($1::uuid[]) AS id",
        ids,
        datetime.now(UTC),
    )
    return [UserId(user_id) for user_id in ids]


async def _add_members(
    connection: "asyncpg.Connection[asyncpg.Record]", workspace_id: UUID, ids: Sequence[UserId]
) -> None:
    await connection.execute(
        "INSERT INTO memberships (id, workspace_id, user_id, role, created_at, updated_at)"
        " SELECT gen_random_uuid(), $2, id, $3, $4, $4 FROM unnest($1::uuid[]) AS id",
        list(ids),
        workspace_id,
        Role.VIEWER.value,
        datetime.now(UTC),
    )
