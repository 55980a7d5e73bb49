from collections.abc import Callable, Coroutine
from importlib import import_module

import click

from infra.settings import Settings, load_settings

_Main = Callable[[Settings], Coroutine[None, None, None]]


def _run(module: str) -> None:
    from web.processes.lifecycle import run_process  # noqa: PLC0415 - uvloop is not for --help

    settings = load_settings()
    main: _Main = import_module(f"web.processes.{module}").run
    run_process(main, settings, role=module)


@click.command()
def serve() -> None:
    """Run the web server: GraphQL, the live updates and the client."""
    _run("web")


@click.command()
def relay() -> None:
    """Run the relay, which sends committed events to Kafka.

    Any number may run; they share the projects out among them.
    """
    _run("relay")


@click.command()
def bridge() -> None:
    """Run the bridge, which passes events from Kafka to Redis pub/sub."""
    _run("bridge")


@click.command()
def worker() -> None:
    """Run the housekeeping worker: expired sessions, idempotency keys and old events."""
    _run("worker")
