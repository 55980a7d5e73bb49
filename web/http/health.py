"""Whether this process lives, whether it has started, and whether it can serve."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.metrics import DEPENDENCY_UP

Check = Callable[[], Awaitable[None]]

# Load balancers ask every few seconds and give up after two or three.
_CHECK_TIMEOUT_SECONDS: Final = 2.0
# More often than Prometheus asks, so that a scrape tells of the present.
_WATCH_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthReport:
    """What the checks found: a kind of failure for each dependency, or None where there is none."""

    failure_by_name: Mapping[str, str | None]
    is_ready: bool
    is_draining: bool

    @property
    def status(self) -> str:
        """In one word: ready, degraded, unready or draining."""
        if self.is_draining:
            return "draining"
        if not self.is_ready:
            return "unready"
        return "degraded" if any(self.failure_by_name.values()) else "ready"

    def as_json(self) -> Mapping[str, object]:
        """What /readyz answers."""
        dependencies = {
            name: {"status": "up"} if failure is None else {"status": "down", "reason": failure}
            for name, failure in self.failure_by_name.items()
        }
        return {"status": self.status, "dependencies": dependencies}


@dataclass(slots=True, kw_only=True)
class HealthEndpoints:
    """/livez, /readyz and /startupz. Only the required dependencies make the process unready."""

    required: Mapping[str, Check]
    optional: Mapping[str, Check] = field(default_factory=dict)
    _is_draining: bool = field(default=False, init=False)
    _has_been_ready: bool = field(default=False, init=False)

    def routes(self) -> list[Route]:
        """The three routes."""
        return [
            Route("/livez", self._live),
            Route("/readyz", self._ready),
            Route("/startupz", self._started),
        ]

    def begin_draining(self) -> None:
        """Say from now on that the process is about to end."""
        self._is_draining = True

    async def report(self) -> HealthReport:
        """Ask every dependency; their gauges show the outcome."""
        checks = {**self.required, **self.optional}
        failures = await asyncio.gather(*map(_failure, checks.values()))
        failure_by_name = dict(zip(checks, failures, strict=True))
        for name, failure in failure_by_name.items():
            DEPENDENCY_UP.labels(name).set(failure is None)
        is_draining = self._is_draining
        is_ready = not is_draining and all(failure_by_name[name] is None for name in self.required)
        self._has_been_ready = self._has_been_ready or is_ready
        return HealthReport(
            failure_by_name=failure_by_name, is_ready=is_ready, is_draining=is_draining
        )

    async def watch(self) -> None:
        """Ask again and again until cancelled, for the gauges."""
        while True:
            await self.report()
            await asyncio.sleep(_WATCH_SECONDS)

    async def _live(self, _request: Request) -> Response:
        # That there is an answer is the answer: it comes from the loop that does the work.
        return _json({"status": "ok"}, 200)

    async def _ready(self, _request: Request) -> Response:
        report = await self.report()
        return _json(report.as_json(), 200 if report.is_ready else 503)

    async def _started(self, _request: Request) -> Response:
        """200 from the first time on that the process was ready: then liveness counts alone."""
        if self._has_been_ready:
            return _json({"status": "started"}, 200)
        report = await self.report()
        if report.is_ready:
            return _json({"status": "started"}, 200)
        return _json({**report.as_json(), "status": "starting"}, 503)


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
