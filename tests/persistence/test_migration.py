import asyncio
from collections.abc import Sequence

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from persistence.database import Database
from persistence.engines import engine_for
from persistence.migration import _config, current, head, upgrade
from persistence.tables import metadata

pytestmark = pytest.mark.stack


async def _tables(url: str) -> set[str]:
    async with Database(url) as database:
        rows = await database.fetch(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        )
    return {row.tablename for row in rows}


def _differences(connection: Connection) -> Sequence[object]:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    return list(compare_metadata(context, metadata))


async def test_an_empty_database_is_at_no_revision(fresh_database: str) -> None:
    assert await current(fresh_database) is None


async def test_a_fresh_database_is_brought_to_the_newest_revision(fresh_database: str) -> None:
    await asyncio.to_thread(upgrade, fresh_database)
    assert await current(fresh_database) == head()
    assert await _tables(fresh_database) == {*metadata.tables, "alembic_version"}


async def test_the_migrations_lead_to_the_tables_of_the_code(database: Database) -> None:
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_migrating_twice_changes_nothing(migrated_database: str) -> None:
    before = await _tables(migrated_database)
    await asyncio.to_thread(upgrade, migrated_database)
    assert await current(migrated_database) == head()
    assert await _tables(migrated_database) == before


async def test_two_migrators_at_once_take_turns(fresh_database: str) -> None:
    await asyncio.gather(*(asyncio.to_thread(upgrade, fresh_database) for _ in range(3)))
    assert await current(fresh_database) == head()


async def test_a_migrator_leaves_no_lock_behind(fresh_database: str) -> None:
    await asyncio.to_thread(upgrade, fresh_database)
    async with Database(fresh_database) as database:
        locks = await database.fetch(text("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"))
    assert locks == []


def test_the_revisions_are_one_line_from_the_first_to_the_head() -> None:
    config: Config = _config()
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [head()]
    assert len(script.get_bases()) == 1


async def test_ranks_sort_by_byte_whatever_the_database_sorts_by(database: Database) -> None:
    rows = await database.fetch(
        text(
            "SELECT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
            " JOIN pg_collation l ON l.oid = a.attcollation"
            " WHERE a.attname = 'position' AND c.relkind = 'r' AND l.collname = 'C'"
        )
    )
    assert {row.relname for row in rows} == {"tasks", "board_columns", "checklist_items"}


@pytest.mark.parametrize("url", ["mysql://db/x", "db.internal/x", ""])
def test_an_url_of_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must begin with postgresql://"):
        engine_for(url)
