"""Bringing a database to the schema this version of the code expects."""

import asyncio
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.pool import NullPool

from persistence.engines import engine_for

# A migration that can't get its locks fails and is retried, rather than queueing every writer.
_LOCK_TIMEOUT_MS: Final = 5_000
# How long to wait for another migrator to end; a longer migration is watched by people.
_TURN_TIMEOUT_MS: Final = 600_000
# One migrator at a time; the number is arbitrary and only has to be ours.
_ADVISORY_LOCK: Final = 7_241_985_003


def upgrade(database_url: str, revision: str = "head") -> None:
    """Run the migrations that are missing; waits for another migrator to end first."""
    asyncio.run(_upgrade(database_url, revision))


def head() -> str:
    """The revision this version of the code expects."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise RuntimeError("no migrations found")
    return revision


async def current(database_url: str) -> str | None:
    """The revision a database is at, or None when it has no schema yet."""
    engine = engine_for(database_url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(
                lambda sync: MigrationContext.configure(sync).get_current_revision()
            )
    finally:
        await engine.dispose()


async def _upgrade(database_url: str, revision: str) -> None:
    engine = engine_for(database_url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_upgrade_on, revision)
    finally:
        await engine.dispose()


def _upgrade_on(connection: Connection, revision: str) -> None:
    connection.execute(text(f"SET lock_timeout = {_TURN_TIMEOUT_MS}"))
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
    try:
        connection.execute(text(f"SET lock_timeout = {_LOCK_TIMEOUT_MS}"))
        connection.commit()
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _ADVISORY_LOCK})
        connection.commit()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
