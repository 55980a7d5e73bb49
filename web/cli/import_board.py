import asyncio
from collections.abc import Callable
from pathlib import Path

import click

from domain import field_rules
from domain.errors import InvalidInput, TaskwireError
from infra.settings import load_settings

_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
_FORMATS = ("trello",)

_Callback = Callable[[click.Context, click.Parameter, str | None], str | None]


def _obeying(rule: Callable[[str], str]) -> _Callback:
    """A callback that refuses a value as the domain would, but as wrong usage."""

    def check(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
        try:
            return None if value is None else rule(value)
        except InvalidInput as error:
            raise click.BadParameter(error.message) from error

    return check


@click.command("import", epilog="Example: taskwire import trello board.json --workspace demo")
@click.argument("board_format", metavar="FORMAT", type=click.Choice(_FORMATS))
@click.argument("file", type=_FILE)
@click.option("--workspace", "slug", metavar="SLUG", required=True, help="The workspace to fill.")
@click.option(
    "--key",
    metavar="KEY",
    callback=_obeying(field_rules.project_key),
    help="Key of the new project, such as WEB; otherwise it is made from the board's name.",
)
@click.option(
    "--project-name",
    metavar="NAME",
    callback=_obeying(lambda name: field_rules.line(name, field="name")),
    help="Name of the new project; otherwise the board's.",
)
@click.option(
    "--as",
    "email",
    metavar="EMAIL",
    callback=_obeying(field_rules.email),
    help="Who imports: an owner or admin; otherwise the workspace's owner.",
)
def import_command(
    *,
    board_format: str,
    file: Path,
    slug: str,
    key: str | None,
    project_name: str | None,
    email: str | None,
) -> None:
    """Import the board in FILE, which another tool exported, as a project.

    FORMAT is trello. To export in Trello, open the board's menu, choose "Print, export and
    share", then "Export as JSON".

    Lists become columns and cards tasks, in their order, with descriptions, labels, due dates,
    checklists, comments and links to attachments; closed ones are archived. Members become
    users who can't sign in. What is not kept is counted at the end.

    It is safe to repeat: a newer export of the same board adds what is new to its project. What
    you changed here stays as it is, and what you deleted stays away. A file is imported whole
    or not at all.
    """
    from infra.importing.document import ImportFileError  # noqa: PLC0415 - not for --help
    from web.cli.board_import import ImportRequest, read_board, run_import  # noqa: PLC0415
    from web.cli.import_report import print_summary  # noqa: PLC0415 - rich is not for --help

    settings = load_settings()
    try:
        request = ImportRequest(
            board=read_board(board_format, file),
            workspace_slug=slug,
            actor_email=email,
            project_key=key,
            project_name=project_name,
        )
        summary = asyncio.run(run_import(settings, request))
    except ImportFileError as error:
        raise click.ClickException(f"{file.name}: {error}") from error
    except TaskwireError as error:
        raise click.ClickException(str(error)) from error
    print_summary(summary)
