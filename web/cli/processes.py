from collections.abc import Callable, Coroutine
from importlib import import_module

import click

from infra.settings import Settings, load_settings
from web.processes import garbage_collection

_Main = Callable[[Settings], Coroutine[None, None, None]]


def _run(role: str, settings: Settings, *, module: str | None = None) -> None:
    """Run the module that is called like the role, or another one."""
    with garbage_collection.held_off():
        from web.processes.lifecycle import run_process  # noqa: PLC0415 - uvloop is not for --help

        main: _Main = import_module(f"web.processes.{module or role}").run
    run_process(main, settings, role=role)


@click.command()
def serve() -> None:
    """Run the web server: GraphQL, the live updates and the client."""
    settings = load_settings()
    _run("web", settings, module="web" if settings.web_workers == 1 else "web_workers")


@click.command()
def relay() -> None:
    """Run the relay, which sends committed events to Kafka.

    Any number may run; they share the projects out among them.
    """
    _run("relay", load_settings())


@click.command()
def bridge() -> None:
    """Run the bridge, which passes events from Kafka to Redis pub/sub."""
    _run("bridge", load_settings())


@click.command()
def worker() -> None:
    """Run the housekeeping worker: expired sessions, idempotency keys and old events."""
    _run("worker", load_settings())
