"""What metrics and the access log cost the server process on a board query.

The same requests run through the whole application, from its ASGI entry to Postgres and back, by
turns with everything switched on and with everything left out, in one process. Postgres has
processes of its own, so what is compared is the CPU of the process that serves. Parsing HTTP is
left out of both, which makes the share look larger than it is.
"""

import asyncio
import gc
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final
from unittest.mock import patch
from uuid import UUID

import orjson
import uvloop
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.access import Role
from domain.identifiers import SessionId
from graph.context import GraphContext
from graph.operation import GraphResponse
from infra.clock import SystemClock
from infra.security import JwtAccessTokens
from infra.settings import LogFormat, Settings
from infra.telemetry.log_lines import set_up_logging
from infra.telemetry.request_scope import CURRENT_REQUEST, RequestScope
from persistence.database import Database
from persistence.migration import upgrade
from persistence.observation import UNOBSERVED
from persistence.unit_of_work import unit_of_work_factory
from tests.builders import World, a_world
from tests.performance.board_statements import BOARD
from tests.persistence.recorded_events import EventTable
from tests.services import a_postgres, a_valkey
from tests.web.harness import SECRET_KEY, a_settings
from web.bootstrap import create_application
from web.http.request_ids import request_id_from

TASKS: Final = 100
BLOCKS: Final = 100
# One of the other side's requests evicts what only this side runs from the processor's caches.
# A server has one side, so what is measured is what comes after the first requests of a block.
BLOCK_REQUESTS: Final = 15
UNMEASURED_REQUESTS: Final = 3
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


class Asker:
    """Asks one application for the board, without a socket between them."""

    def __init__(self, application: Starlette, token: str, body: bytes) -> None:
        self._application = application
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

    async def block_milliseconds(self) -> float:
        """CPU of a request within a block of them, the median."""
        measured = [await self._milliseconds() for _ in range(BLOCK_REQUESTS)]
        return median(measured[UNMEASURED_REQUESTS:])

    async def _milliseconds(self) -> float:
        started_ns = time.process_time_ns()
        await self.ask()
        return (time.process_time_ns() - started_ns) / 1e6


async def report_telemetry_cost(directory: Path) -> None:
    """Print the CPU of a board query with and without telemetry, and the ratio."""
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
        with (directory / "log").open("w", encoding="utf-8") as log:
            set_up_logging(settings, "web", stream=log)
            await _compare(settings)


async def _compare(settings: Settings) -> None:
    async with Database(settings.database_url) as database:
        world = await a_world(unit_of_work_factory(database), EventTable(database).read)
        await _fill(world)
    tokens = JwtAccessTokens(secret_key=SECRET_KEY, seconds=3600, clock=SystemClock())
    token = tokens.issue(world.actor(Role.MEMBER), SessionId(UUID(int=1)))
    body = orjson.dumps({"query": BOARD, "variables": {"id": str(world.project.id)}})
    async with AsyncExitStack() as stack:
        told = await _an_application(stack, settings)
        with _silence():
            silent = await _an_application(stack, settings)
        askers = [Asker(application, token, body) for application in (told, silent)]
        answers = [await asker.ask() for asker in askers]
        if answers[0] != answers[1] or b'"errors"' in answers[0]:
            raise AssertionError(answers[0][:500])
        gc.collect()
        gc.freeze()
        # In pairs, either first by turns: what else the machine does disturbs both alike.
        sides: tuple[list[float], list[float]] = ([], [])
        for number in range(BLOCKS):
            for place in (0, 1) if number % 2 else (1, 0):
                sides[place].append(await askers[place].block_milliseconds())
    with_it, without = map(median, sides)
    ratio = median(told_ms / silent_ms for told_ms, silent_ms in zip(*sides, strict=True))
    print(f"Telemetry on a board of {TASKS} tasks, CPU of the process that serves")
    print(f"  with: {with_it:.2f} ms, without: {without:.2f} ms, median ratio {ratio:.3f}")
    print("  goal: at most 1.05")


async def _an_application(stack: AsyncExitStack, settings: Settings) -> Starlette:
    application = create_application(settings)
    await stack.enter_async_context(application.router.lifespan_context(application))
    return application


def _silence() -> ExitStack:
    """What is composed inside of it tells nothing."""
    stack = ExitStack()
    nobody: Callable[..., object] = lambda *_: UNOBSERVED  # noqa: E731 - one of four substitutes
    for target, substitute in (
        ("web.application.RequestTelemetry", _OnlyIds),
        ("web.bootstrap.OperationTelemetry", _Silent),
        ("infra.telemetry.telemetry.StatementTelemetry", nobody),
        ("infra.telemetry.telemetry.LoadTelemetry", lambda *_: None),
    ):
        stack.enter_context(patch(target, substitute))
    return stack


async def _fill(world: World) -> None:
    labels = [await world.add_label(name) for name in ("Bug", "Feature", "Chore")]
    for number in range(TASKS):
        column = world.columns[number % len(world.columns)]
        await world.add_task(f"Task {number}", column=column, labels=labels[: number % 4])


def main() -> None:
    """Print the report."""
    with TemporaryDirectory(prefix="taskwire-telemetry-") as name:
        uvloop.run(report_telemetry_cost(Path(name)))


if __name__ == "__main__":
    main()
