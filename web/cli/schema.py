from pathlib import Path

import click

_READABLE_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.group()
def schema() -> None:
    """Print the GraphQL schema or compare two."""


@schema.command("print")
def print_schema() -> None:
    """Print the schema this version serves, as SDL."""
    from graph.schema import print_sdl  # noqa: PLC0415 - Strawberry is not for --help

    click.echo(print_sdl().rstrip("\n"))


@schema.command("diff")
@click.argument("old", type=_READABLE_FILE)
@click.argument("new", type=_READABLE_FILE)
def compare(old: Path, new: Path) -> None:
    """Print what changed between the SDL files OLD and NEW: breaking, dangerous and safe.

    The exit status is 1 when a change is breaking.
    """
    from graph.schema_diff import InvalidSchemaError, diff  # noqa: PLC0415 - not for --help

    try:
        changes = diff(old.read_text(encoding="utf-8"), new.read_text(encoding="utf-8"))
    except (InvalidSchemaError, UnicodeDecodeError) as error:
        raise click.ClickException(str(error)) from error
    groups = {
        "Breaking": changes.breaking,
        "Dangerous": changes.dangerous,
        "Safe": changes.safe,
    }
    for title, descriptions in groups.items():
        if descriptions:
            click.echo(f"{title} ({len(descriptions)}):")
            click.echo("".join(f"  {description}\n" for description in descriptions), nl=False)
    if not any(groups.values()):
        click.echo("No changes.")
    if changes.breaking:
        click.get_current_context().exit(1)
