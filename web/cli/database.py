import asyncio
import contextlib
from collections.abc import AsyncIterator

import click

from infra.settings import Settings, load_settings


@contextlib.asynccontextmanager
async def command_database(settings: Settings, *, purpose: str) -> AsyncIterator[str]:
    """Yield the URL of the database a data command works on, whether or not the stack runs.

    An embedded database that was started for the command is brought to the newest schema first.
    """
    from infra.embedded.stack import database_for_command  # noqa: PLC0415 - not for --help
    from persistence.migration import upgrade  # noqa: PLC0415 - not for --help

    async with database_for_command(settings, purpose=purpose) as url:
        if not settings.database_url:
            await asyncio.to_thread(upgrade, url)
        yield url


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema.

    Works on TASKWIRE_DATABASE_URL, or on the embedded database whether or not it runs.
    """
    asyncio.run(_migrate(load_settings()))
    click.echo("The database is up to date.")


async def _migrate(settings: Settings) -> None:
    from infra.embedded.stack import database_for_command  # noqa: PLC0415 - not for --help
    from persistence.migration import upgrade  # noqa: PLC0415 - not for --help

    async with database_for_command(settings, purpose="migrate") as url:
        await asyncio.to_thread(upgrade, url)


@click.command(hidden=True)
@click.option("--demo", is_flag=True, help="Make the demo workspace as well.")
def prepare(*, demo: bool) -> None:
    """Bring the database of TASKWIRE_DATABASE_URL to what the processes expect."""
    from persistence.migration import upgrade  # noqa: PLC0415 - not for --help

    settings = load_settings()
    upgrade(settings.database_url)
    if demo:
        from web.demo.workspace import ensure_demo  # noqa: PLC0415 - only the first start needs it

        asyncio.run(ensure_demo(settings))
