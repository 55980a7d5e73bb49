import asyncio
import sys
import time
from typing import TYPE_CHECKING

import click

from infra.settings import Settings, load_settings

if TYPE_CHECKING:
    from infra.embedded.stack import Stack

# Longer than the three stages of the stack take at worst.
_STOP_SECONDS = 75.0


@click.command()
def up() -> None:
    """Run everything here: database, broker and all processes, until Ctrl-C.

    Data stays in TASKWIRE_DATA_DIR (.taskwire). The web server listens on TASKWIRE_PORT (8000).
    """
    from infra.embedded.stack import Stack  # noqa: PLC0415 - not for --help

    settings = load_settings()
    program = (sys.executable, "-m", "web.cli")
    stack = Stack(settings, program=program, report=lambda line: click.echo(f"  {line}"))
    asyncio.run(run_stack(stack, settings))


async def run_stack(stack: "Stack", settings: Settings) -> None:
    """Hold the stack, with a word on the console, until it fails or a signal stops it."""
    from web.processes.lifecycle import run_until_signalled  # noqa: PLC0415 - not for --help

    click.echo(f"Taskwire starts, with its data in {settings.data_dir}")
    await run_until_signalled(
        _hold(stack, settings),
        grace_seconds=_STOP_SECONDS,
        on_signal=lambda: click.echo("\nTaskwire stops …"),
    )


async def _hold(stack: "Stack", settings: Settings) -> None:
    started_at = time.monotonic()
    from web.demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD  # noqa: PLC0415 - not for --help

    async with stack.running():
        seconds = time.monotonic() - started_at
        click.echo(f"\nTaskwire is ready on {stack.url}  ({seconds:.1f} s)\n")
        if stack.is_demo:
            click.echo(f"  Sign in with the password {DEMO_PASSWORD} as")
            for email, _, role in DEMO_ACCOUNTS:
                click.echo(f"    {email:<18} {role.value}")
        click.echo(f"  API explorer {stack.url}/graphiql, logs in {settings.data_dir / 'logs'}")
        click.echo("  Ctrl-C stops it; the data stays.\n")
        await stack.watch()
