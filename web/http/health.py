"""Whether this process lives, and whether it can serve."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import orjson
from redis.asyncio import Redis
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from persistence.database import Database

Check = Callable[[], Awaitable[None]]

# Load balancers ask every few seconds and give up after two or three.
_CHECK_TIMEOUT_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthEndpoints:
    """/livez and /readyz. Only the required dependencies make the process unready."""

    required: Mapping[str, Check]
    optional: Mapping[str, Check]
    is_draining: Callable[[], bool]

    def routes(self) -> list[Route]:
        """Both routes."""
        return [Route("/livez", self._live), Route("/readyz", self._ready)]

    async def _live(self, _request: Request) -> Response:
        return _json({"status": "ok"}, 200)

    async def _ready(self, _request: Request) -> Response:
        checks = {**self.required, **self.optional}
        failures = await asyncio.gather(*map(_failure, checks.values()))
        failure_by_name = dict(zip(checks, failures, strict=True))
        is_ready = not self.is_draining() and all(
            failure_by_name[name] is None for name in self.required
        )
        if not is_ready:
            status = "draining" if self.is_draining() else "unready"
        else:
            status = "degraded" if any(failures) else "ready"
        dependencies = {
            name: {"status": "up"} if failure is None else {"status": "down", "reason": failure}
            for name, failure in failure_by_name.items()
        }
        return _json({"status": status, "dependencies": dependencies}, 200 if is_ready else 503)


async def check_postgres(database: Database) -> None:
    """Raise unless Postgres answers."""
    await database.fetch(text("SELECT 1"))


async def check_redis(redis: Redis) -> None:
    """Raise unless Redis answers."""
    await redis.ping()


async def check_kafka(bootstrap: str) -> None:
    """Raise unless one of the brokers accepts a connection; this process has no client of it."""
    failures = []
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        except OSError as error:
            failures.append(error)
        else:
            writer.close()
            return
    raise ExceptionGroup("no broker accepts a connection", failures)


async def _failure(check: Check) -> str | None:
    """What kind of failure the check met, without addresses or passwords; None for none."""
    try:
        async with asyncio.timeout(_CHECK_TIMEOUT_SECONDS):
            await check()
    except TimeoutError:
        return "timeout"
    except Exception as error:  # noqa: BLE001 - whatever it is, the dependency can't be used
        return type(error).__name__
    return None


def _json(body: Mapping[str, object], status: int) -> Response:
    return Response(
        orjson.dumps(body),
        status_code=status,
        media_type="application/json",
        headers={"cache-control": "no-store"},
    )
