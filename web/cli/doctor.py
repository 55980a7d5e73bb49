import asyncio
import logging

import click

from infra.settings import Settings, SettingsError, load_settings


@click.command()
@click.option(
    "--url",
    "urls",
    multiple=True,
    metavar="URL",
    help="A process of a running deployment to ask as well, by its address before /readyz; "
    "may be repeated. Relay, bridge and worker answer on their TASKWIRE_METRICS_PORT.",
)
def doctor(urls: tuple[str, ...]) -> None:
    """Check this set-up: versions, settings, data, ports and every service and process.

    Processes are asked for /readyz, which tells of their dependencies. The exit status is 1 when
    something is wrong.
    """
    try:
        settings = load_settings()
    except SettingsError as error:
        click.echo("✗ settings")
        click.echo("".join(f"    {problem}\n" for problem in error.problems), nl=False)
        raise click.ClickException("settings are wrong; nothing else was checked") from error
    click.echo(f"✓ {'settings':<9} {settings.environment}")
    bad_count = asyncio.run(_print_findings(settings, urls))
    if bad_count:
        raise click.ClickException(f"{bad_count} of the above need attention (✗)")


async def _print_findings(settings: Settings, urls: tuple[str, ...]) -> int:
    """Print each finding as it comes → the number of bad ones."""
    from web.cli.examination import State, examine  # noqa: PLC0415 - not for --help

    # What the client library logs about a broker that is away is in the finding.
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    bad_count = 0
    async for finding in examine(settings, urls):
        click.echo(f"{finding.state.value} {finding.subject:<9} {finding.detail}")
        bad_count += finding.state is State.BAD
    return bad_count
