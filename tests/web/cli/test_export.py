"""`taskwire export` against the real Postgres."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from sqlalchemy import update

from domain.access import Role
from domain.identifiers import UserId
from persistence.database import Database
from persistence.tables import users
from persistence.unit_of_work import unit_of_work_factory
from tests.builders import World, a_world
from tests.persistence.recorded_events import EventTable
from web.cli import run

Result: TypeAlias = tuple[int, str, str]
GiveEmail: TypeAlias = Callable[[UserId, str], Awaitable[None]]
Export: TypeAlias = Callable[..., Awaitable[Result]]


@pytest.fixture
async def world(migrated_database: str) -> AsyncIterator[World]:
    async with Database(migrated_database, pool_size=2) as database:
        yield await a_world(unit_of_work_factory(database), EventTable(database).read)


@pytest.fixture
def give_email(migrated_database: str) -> GiveEmail:
    async def give_email(user_id: UserId, email: str) -> None:
        statement = update(users).where(users.c.id == user_id).values(email=email)
        async with Database(migrated_database) as database, database.transaction() as connection:
            await connection.execute(statement)

    return give_email


@pytest.fixture
def export(
    migrated_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Export:
    """Run `taskwire export` on the test's database → exit status, stdout, stderr."""
    monkeypatch.setenv("TASKWIRE_DATABASE_URL", migrated_database)

    async def export(*arguments: object) -> Result:
        # It has an event loop of its own, so it needs a thread of its own.
        words = ["export", *(str(argument) for argument in arguments)]
        status = await asyncio.to_thread(run, words)
        output = capsys.readouterr()
        return status, output.out, output.err

    return export


async def test_a_workspace_is_printed(export: Export, world: World) -> None:
    status, output, complaint = await export("workspace", world.workspace.slug)

    assert (status, complaint) == (0, "")
    assert [row["slug"] for row in json.loads(output)["workspaces"]] == [world.workspace.slug]


async def test_a_person_is_written_to_a_file_for_nobody_else(
    export: Export, give_email: GiveEmail, world: World, tmp_path: Path
) -> None:
    owner = world.user_by_role[Role.OWNER]
    await give_email(owner.id, "owner@here.test")
    file = tmp_path / "owner.json"

    assert await export("user", "Owner@Here.test", "--output", file) == (0, "", "")

    assert [row["id"] for row in json.loads(file.read_text())["users"]] == [str(owner.id)]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["workspace", "nowhere"], "there is no workspace 'nowhere'"),
        (["user", "nobody@here.test"], "nobody signs in as 'nobody@here.test'"),
    ],
)
async def test_what_is_not_there_is_told_in_one_line(
    export: Export, arguments: list[str], said: str
) -> None:
    assert await export(*arguments) == (1, "", f"taskwire: {said}\n")
