"""The command line. Modules with weight are imported by the command that needs them."""

import errno
import os
import sys
import traceback
from importlib import import_module
from typing import NoReturn

import click

from infra.embedded.errors import StackError
from infra.settings import SettingsError

_OK, _FAILED = 0, 1
# name → (module, attribute, what `taskwire --help` says); in the order of the help.
_COMMANDS = {
    "up": ("web.cli.up", "up", "Run everything here: database, broker and all processes."),
    "serve": ("web.cli.processes", "serve", "Run the web server."),
    "relay": ("web.cli.processes", "relay", "Run the relay from the event log to Kafka."),
    "bridge": ("web.cli.processes", "bridge", "Run the bridge from Kafka to Redis."),
    "worker": ("web.cli.processes", "worker", "Run the housekeeping worker."),
    "migrate": ("web.cli.database", "migrate", "Bring the database to the newest schema."),
    "schema": ("web.cli.schema", "schema", "Print the GraphQL schema or compare two."),
    "import": ("web.cli.import_board", "import_command", "Import a board from another tool."),
    "export": ("web.cli.export", "export", "Export a workspace or a person's data as JSON."),
    "doctor": ("web.cli.doctor", "doctor", "Say what is wrong with this set-up."),
    "prepare": ("web.cli.database", "prepare", ""),
}
_HIDDEN = frozenset({"prepare"})


class _LazyGroup(click.Group):
    """A group that imports a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return [name for name in _COMMANDS if name not in _HIDDEN]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, attribute, _ = _COMMANDS[cmd_name]
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module}.{attribute} is no command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, _COMMANDS[name][2]) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="taskwire", prog_name="taskwire")
def taskwire() -> None:
    """Live task boards: GraphQL over Postgres, Kafka and Redis.

    Settings are environment variables TASKWIRE_* or lines of a .env file.
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 done, 1 failed, 2 called wrongly."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line → its exit status; a failure prints one line on stderr."""
    try:
        status = taskwire.main(args=arguments, prog_name="taskwire", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.UsageError as error:
        hint = "" if error.ctx is None else f" (see '{error.ctx.command_path} --help')"
        _complain(f"{error.format_message().rstrip('.')}{hint}")
        return error.exit_code
    except click.ClickException as error:
        _complain(error.format_message())
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _complain("stopped")
        return _FAILED
    except Exception as error:  # noqa: BLE001 - the last line of defence: never a bare traceback
        _complain(_explain(error))
        if os.environ.get("TASKWIRE_LOG_LEVEL", "").lower() == "debug":
            traceback.print_exception(error)
        return _FAILED
    return status if isinstance(status, int) else _OK


def _complain(message: str) -> None:
    click.echo(f"taskwire: {' '.join(message.split())}", err=True)


def _explain(error: BaseException) -> str:
    match error:
        case BaseExceptionGroup():
            return "; ".join(dict.fromkeys(_explain(part) for part in error.exceptions))
        case SettingsError() | StackError():
            return str(error)
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return f"the disk is full{_place(error)}"
        case OSError(strerror=str(reason)):
            return f"{reason}{_place(error)}"
        case _:
            detail = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            return f"{detail} (TASKWIRE_LOG_LEVEL=debug shows where)"


def _place(error: OSError) -> str:
    return "" if error.filename is None else f": {error.filename}"
