import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from infra.settings import load_settings
from web.cli.database import command_database

if TYPE_CHECKING:
    from persistence.database import Database

_OUTPUT = click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Where to write; otherwise the standard output.",
)
_Pieces = AsyncGenerator[str, None]


@click.group()
def export() -> None:
    """Write all that is kept about a workspace or a person, as JSON.

    Passwords and tokens are left out. Whatever is written meanwhile, the file shows one moment.
    """


@export.command("workspace", epilog="Example: taskwire export workspace demo --output demo.json")
@click.argument("slug")
@_OUTPUT
def export_workspace(*, slug: str, output: Path | None) -> None:
    """Export the workspace SLUG: people, projects, boards, tasks and the event log."""

    async def pieces(database: "Database") -> _Pieces:
        from persistence.exports import Exports  # noqa: PLC0415 - not for --help
        from persistence.workspace_directory import WorkspaceDirectory  # noqa: PLC0415

        workspace_id = await WorkspaceDirectory(database=database).find_workspace_id(slug)
        if workspace_id is None:
            raise click.ClickException(f"there is no workspace '{slug}'")
        return Exports(database=database).workspace(workspace_id)

    asyncio.run(_export(pieces, output))


@export.command("user", epilog="Example: taskwire export user owner@demo.test")
@click.argument("email")
@_OUTPUT
def export_user(*, email: str, output: Path | None) -> None:
    """Export what is kept about the person who signs in as EMAIL."""

    async def pieces(database: "Database") -> _Pieces:
        from persistence.exports import Exports  # noqa: PLC0415 - not for --help
        from persistence.workspace_directory import WorkspaceDirectory  # noqa: PLC0415

        user_id = await WorkspaceDirectory(database=database).find_user_id(email.strip().lower())
        if user_id is None:
            raise click.ClickException(f"nobody signs in as '{email}'")
        return Exports(database=database).user(user_id)

    asyncio.run(_export(pieces, output))


async def _export(
    open_pieces: "Callable[[Database], Coroutine[None, None, _Pieces]]", output: Path | None
) -> None:
    from persistence.database import Database  # noqa: PLC0415 - not for --help

    async with (
        command_database(load_settings(), purpose="export") as url,
        Database(url, pool_size=1) as database,
        aclosing(await open_pieces(database)) as pieces,
    ):
        if output is None:
            await _write(pieces, partial(click.echo, nl=False))
            return
        # Beside its place and renamed: half an export is never taken for a whole one.
        draft = output.with_name(f"{output.name}.part")
        try:
            # It is about people, so it is for whoever asked alone.
            with os.fdopen(
                os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
            ) as file:
                await _write(pieces, file.write)
            draft.replace(output)
        finally:
            draft.unlink(missing_ok=True)


async def _write(pieces: _Pieces, write: Callable[[str], object]) -> None:
    async for piece in pieces:
        write(piece)
