"""What metrics, the access log and traces cost the server process on a board query.

The same requests run through the whole application, from its ASGI entry to Postgres and back, in
one process: by turns with nothing told, with metrics and the log, and with traces besides, some
of which are recorded and sent. A turn ends when its lines are written. Handing over counts and
sending spans, which a server does now and then, is done after some turns, and each request bears
its share. Postgres and whoever takes the traces have processes of their own, so what
is compared is the CPU of the process that serves, whichever of its threads uses it. Parsing HTTP is
left out of all three, which makes the shares look larger than they are.
"""

import asyncio
import logging
import multiprocessing
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID

import orjson
import uvloop
from opentelemetry.sdk.trace import TracerProvider
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.access import Role
from domain.identifiers import SessionId
from graph.context import GraphContext, GraphContextFactory
from graph.operation import GraphResponse
from infra.clock import SystemClock
from infra.security import JwtAccessTokens
from infra.settings import LogFormat, Settings
from infra.telemetry import otlp
from infra.telemetry.log_lines import set_up_logging
from infra.telemetry.request_scope import CURRENT_REQUEST, RequestScope
from infra.telemetry.telemetry import Telemetry
from persistence.database import Database
from persistence.migration import upgrade
from persistence.observation import UNOBSERVED
from persistence.unit_of_work import unit_of_work_factory
from tests.builders import World, a_world
from tests.observed_stack.otlp_receiver import otlp_receiver
from tests.performance.board_statements import BOARD
from tests.persistence.recorded_events import EventTable
from tests.services import a_postgres, a_valkey
from tests.web.harness import SECRET_KEY, a_settings
from web.bootstrap import create_application
from web.http.request_ids import request_id_from
from web.processes import garbage_collection

TASKS: Final = 100
ROUNDS: Final = 150
# One side's requests evict what only another runs from the processor's caches. A server has one
# side, so what is measured is what comes after the first requests of a turn.
UNMEASURED_REQUESTS: Final = 3
TURN_REQUESTS: Final = 20
# Together some 350 requests, which a busy server answers in about three seconds.
TURNS_BETWEEN_SENDING: Final = 15
# Neither this nor handing over by itself: it would be on another side's turn.
SENDING_DELAY_MS: Final = 3_600_000
SENDING_MS_MAX: Final = 10_000
COLLECTOR_SECONDS_MAX: Final = 60.0
Responses = AsyncGenerator[GraphResponse, None]


class _Silent:
    """`OperationTelemetry` that tells nobody."""

    def __init__(self, *_: object) -> None:
        pass

    async def executed(
        self, _context: GraphContext, execution: Awaitable[GraphResponse]
    ) -> GraphResponse:
        return await execution

    async def subscribed(
        self, _context: GraphContext, start: Awaitable[Responses | GraphResponse]
    ) -> Responses | GraphResponse:
        return await start


class _OnlyIds:
    """The middleware as far as it gives requests their ids, which answers have in any case."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = request_id_from(None)
        token = CURRENT_REQUEST.set(RequestScope(request_id, "http"))

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            CURRENT_REQUEST.reset(token)


@dataclass(slots=True)
class Side:
    """What the requests of one application took, in milliseconds each."""

    turns: list[float] = field(default_factory=list)
    # Their shares of what is told later.
    sendings: list[float] = field(default_factory=list)

    def ratios(self, other: "Side") -> list[float]:
        """To the other's turn of the same round."""
        later, others_later = median(self.sendings), median(other.sendings)
        pairs = zip(self.turns, other.turns, strict=True)
        return [(mine + later) / (others + others_later) for mine, others in pairs]

    @property
    def undisturbed(self) -> float:
        """A turn that had the machine to itself more than most: the lower quartile."""
        return sorted(self.turns)[len(self.turns) // 4] + median(self.sendings)


class Asker:
    """Asks one application for the board, without a socket between them."""

    def __init__(
        self, application: Starlette, token: str, body: bytes, providers: Sequence[TracerProvider]
    ) -> None:
        self._application = application
        self._providers = providers
        self._body = body
        self._headers = [
            (b"authorization", f"Bearer {token}".encode()),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ]

    async def ask(self) -> bytes:
        """The body of the answer."""
        parts: list[bytes] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": self._body, "more_body": False}

        async def send(message: Message) -> None:
            parts.append(message.get("body", b""))

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
            "scheme": "http", "path": "/graphql", "raw_path": b"/graphql", "query_string": b"",
            "root_path": "", "headers": self._headers, "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80), "state": {},
        }  # fmt: skip
        await self._application(scope, receive, send)
        return b"".join(parts)

    async def turn_milliseconds(self) -> float:
        """CPU of a request within a turn, its lines written."""
        for _ in range(UNMEASURED_REQUESTS):
            await self.ask()
        await asyncio.to_thread(_write_log)
        started_ns = time.process_time_ns()
        for _ in range(TURN_REQUESTS):
            await self.ask()
        await asyncio.to_thread(_write_log)
        return (time.process_time_ns() - started_ns) / 1e6 / TURN_REQUESTS

    async def sending_milliseconds(self) -> float:
        """CPU of telling what the last turns counted and traced, a request's share."""
        requests = TURNS_BETWEEN_SENDING * (UNMEASURED_REQUESTS + TURN_REQUESTS)
        telemetry: Telemetry = self._application.state.telemetry
        started_ns = time.process_time_ns()
        telemetry.sample()
        await asyncio.to_thread(_write_log)
        await asyncio.to_thread(self._send)
        return (time.process_time_ns() - started_ns) / 1e6 / requests

    def _send(self) -> None:
        for provider in self._providers:
            provider.force_flush(SENDING_MS_MAX)


def _write_log() -> None:
    for handler in logging.getLogger().handlers:
        handler.flush()


async def report_telemetry_cost(directory: Path, collector_url: str) -> None:
    """Print the CPU of a board query with and without telemetry, and the ratios."""
    directory.chmod(0o755)
    async with a_postgres(directory) as postgres, a_valkey(directory) as valkey:
        await asyncio.to_thread(upgrade, postgres.url)
        settings = a_settings(
            database_url=postgres.url,
            redis_url=valkey.url,
            kafka_bootstrap="127.0.0.1:9",
            secret_key=SECRET_KEY,
            log_format=LogFormat.JSON,
            # They would answer all but the first.
            board_snapshots=False,
        )
        traced = settings.model_copy(update={"otel_endpoint": collector_url})
        with (directory / "log").open("w", encoding="utf-8") as log:
            set_up_logging(traced, "web", stream=log)
            await _compare(settings, traced)
            logging.shutdown()


async def _compare(settings: Settings, traced: Settings) -> None:
    async with Database(settings.database_url) as database:
        world = await a_world(unit_of_work_factory(database), EventTable(database).read)
        await _fill(world)
    tokens = JwtAccessTokens(secret_key=SECRET_KEY, seconds=3600, clock=SystemClock())
    token = tokens.issue(world.actor(Role.MEMBER), SessionId(UUID(int=1)))
    body = orjson.dumps({"query": BOARD, "variables": {"id": str(world.project.id)}})
    async with AsyncExitStack() as stack:
        stack.enter_context(patch("infra.telemetry.telemetry._SAMPLE_SECONDS", SENDING_DELAY_MS))
        with _silence():
            silent = Asker(await _an_application(stack, settings), token, body, ())
        told = Asker(await _an_application(stack, settings), token, body, ())
        with _providers_made() as providers:
            full = Asker(await _an_application(stack, traced), token, body, providers)
        askers = (silent, told, full)
        answers = {await asker.ask() for asker in askers}
        if len(answers) > 1 or b'"errors"' in answers.copy().pop():
            raise AssertionError(answers)
        # As processes that serve do.
        garbage_collection.settle()
        _print_report(await _rounds(askers), traced.trace_sample_ratio)


async def _rounds(askers: Sequence[Asker]) -> list[Side]:
    """What each asker's turns took. What else the machine does disturbs all alike."""
    sides = [Side() for _ in askers]
    for number in range(ROUNDS):
        # Nobody is always the first.
        for place in range(len(askers)):
            who = (place + number) % len(askers)
            sides[who].turns.append(await askers[who].turn_milliseconds())
        if number % TURNS_BETWEEN_SENDING == TURNS_BETWEEN_SENDING - 1:
            for asker, side in zip(askers, sides, strict=True):
                side.sendings.append(await asker.sending_milliseconds())
    return sides


def _print_report(sides: Sequence[Side], sampled: float) -> None:
    print(f"A board of {TASKS} tasks, CPU of the process that serves, {ROUNDS} rounds by turns")
    names = ("nothing told", "metrics, access log", f"and traces, {sampled:.0%} recorded")
    for name, side in zip(names, sides, strict=True):
        ratios = sorted(side.ratios(sides[0]))
        quarter = len(ratios) // 4
        print(
            f"  {name}: {median(side.turns):.3f} ms, {median(side.sendings):.3f} ms later;"
            f" median ratio {median(ratios):.3f}"
            f" (half of them from {ratios[quarter]:.3f} to {ratios[-1 - quarter]:.3f}),"
            f" of the lower quartiles {side.undisturbed / sides[0].undisturbed:.3f}"
        )
    print("  goal: at most 1.05")


async def _an_application(stack: AsyncExitStack, settings: Settings) -> Starlette:
    application = create_application(settings)
    await stack.enter_async_context(application.router.lifespan_context(application))
    return application


@contextmanager
def _providers_made() -> Iterator[list[TracerProvider]]:
    """What makes spans for the applications that are opened inside of it."""
    providers: list[TracerProvider] = []
    make = otlp.otlp_provider

    def made(settings: Settings, service: str, endpoint: str) -> TracerProvider:
        providers.append(make(settings, service, endpoint))
        return providers[-1]

    with (
        patch.object(otlp, "otlp_provider", made),
        patch.object(otlp, "_BATCH_MS", SENDING_DELAY_MS),
    ):
        yield providers


@contextmanager
def _collector() -> Iterator[str]:
    """Whoever takes traces, in a process of its own → its address."""
    spawning = multiprocessing.get_context("spawn")
    ours, theirs = spawning.Pipe()
    process = spawning.Process(target=_collect, args=(theirs,))
    process.start()
    # Or its end would not be noticed.
    theirs.close()
    try:
        if not ours.poll(COLLECTOR_SECONDS_MAX):
            raise TimeoutError
        yield ours.recv()
    finally:
        ours.close()
        process.join(timeout=10)
        process.kill()


def _collect(parent: Connection) -> None:
    with otlp_receiver(keeps=False) as receiver:
        parent.send(receiver.url)
        # Ends with the parent, whatever becomes of it.
        parent.poll(None)


def _silence() -> ExitStack:
    """What is composed inside of it tells nothing."""
    stack = ExitStack()
    nobody: Callable[..., object] = lambda *_: UNOBSERVED  # noqa: E731 - one of four substitutes
    for target, substitute in (
        ("web.application.RequestTelemetry", _OnlyIds),
        ("web.bootstrap.OperationTelemetry", _Silent),
        ("infra.telemetry.telemetry.StatementTelemetry", nobody),
        ("web.bootstrap.GraphContextFactory", _unobserved_contexts),
    ):
        stack.enter_context(patch(target, substitute))
    return stack


def _unobserved_contexts(**given: Any) -> GraphContextFactory:  # noqa: ANN401 - passed on
    return GraphContextFactory(**{**given, "load_observer": None})


async def _fill(world: World) -> None:
    labels = [await world.add_label(name) for name in ("Bug", "Feature", "Chore")]
    for number in range(TASKS):
        column = world.columns[number % len(world.columns)]
        await world.add_task(f"Task {number}", column=column, labels=labels[: number % 4])


def main() -> None:
    """Print the report."""
    with TemporaryDirectory(prefix="taskwire-telemetry-") as name, _collector() as collector_url:
        uvloop.run(report_telemetry_cost(Path(name), collector_url))


if __name__ == "__main__":
    main()
