"""Servers side by side: each tells as many subscribers of one project of the same changes."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from tests.performance.fanout.children import SERVER_CORE, Helper, helper, pin
from tests.performance.fanout.contestants import GRAPHQL_WS, STRAWBERRY, TASKWIRE, Contestant
from tests.performance.fanout.measurement import connect, faults_of
from tests.performance.peers.processor_time import processor_seconds

# Of which not all have arrived: enough to keep the server busy, too few to make it a queue.
_WINDOW: Final = 2
_WARM_UP_CHANGES: Final = 5
_CHANGE_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.002
# How many times less CPU a delivery must take than there.
_GOALS: Final = {STRAWBERRY: 20.0, GRAPHQL_WS: 2.5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How many subscribers, and how long and how often they are told of a change."""

    subscribers: int
    # Little enough for the slowest to keep up with.
    rate: float = 0.5
    seconds: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """What a stretch of deliveries took."""

    deliveries: int
    seconds: float
    cpu_seconds: float
    p50: float
    p99: float
    faults: Sequence[str]

    @property
    def cpu_per_delivery(self) -> float:
        """Seconds of the server."""
        return self.cpu_seconds / max(1, self.deliveries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What one server showed: with a change now and then, and with as many as it can."""

    name: str
    bytes_per_connection: float
    paced: Phase
    busy: Phase


class _Contest:
    """One server with its subscribers."""

    def __init__(
        self,
        *,
        client: Helper,
        server: int,
        publish: Callable[[], Awaitable[None]],
        comparison: Comparison,
    ) -> None:
        self._client = client
        self._server = server
        self._publish = publish
        self._comparison = comparison

    async def warm_up(self) -> None:
        """See that all are told."""
        for _ in range(_WARM_UP_CHANGES):
            await self._client.ask({"do": "begin"})
            await self._publish()
            await self._wait_for(1)

    async def paced(self) -> Phase:
        """Changes at the rate."""
        changes = int(self._comparison.rate * self._comparison.seconds)
        async with self._phase() as reports:
            started_at = time.monotonic()
            for number in range(changes):
                due_at = started_at + number / self._comparison.rate
                await asyncio.sleep(max(0.0, due_at - time.monotonic()))
                await self._publish()
            await self._wait_for(changes)
            due_at = started_at + changes / self._comparison.rate
            await asyncio.sleep(max(0.0, due_at - time.monotonic()))
        return self._made_of(reports)

    async def busy(self) -> Phase:
        """A change as soon as all but the last but one have arrived everywhere."""
        async with self._phase() as reports:
            deadline, changes = time.monotonic() + self._comparison.seconds / 2, 0
            while time.monotonic() < deadline:
                await self._publish()
                changes += 1
                await self._wait_for(changes - _WINDOW + 1)
            await self._wait_for(changes)
        return self._made_of(reports)

    @asynccontextmanager
    async def _phase(self) -> AsyncIterator[list[Mapping[str, Any]]]:
        """Reports before and after the block, which are there behind it."""
        reports: list[Mapping[str, Any]] = []
        await self._client.ask({"do": "begin"})
        reports.append(self._clock())
        yield reports
        reports.append({**self._clock(), **await self._client.ask({"do": "end"})})

    def _clock(self) -> Mapping[str, float]:
        return {"at": time.monotonic(), "server_cpu": processor_seconds(self._server)}

    def _made_of(self, reports: Sequence[Mapping[str, Any]]) -> Phase:
        before, after = reports
        return Phase(
            deliveries=after["deliveries"],
            seconds=after["at"] - before["at"],
            cpu_seconds=after["server_cpu"] - before["server_cpu"],
            p50=after["p50"],
            p99=after["p99"],
            faults=faults_of(after),
        )

    async def _wait_for(self, changes: int) -> None:
        """Return when so many changes have arrived everywhere."""
        wanted = changes * self._comparison.subscribers
        async with asyncio.timeout(_CHANGE_SECONDS):
            while (await self._client.ask({"do": "count"}))["deliveries"] < wanted:  # noqa: ASYNC110 - asks
                await asyncio.sleep(_POLL_SECONDS)


async def compare(contestants: Sequence[Contestant], comparison: Comparison) -> list[Standing]:
    """One after the other, each alone on a core."""
    standings = []
    for contestant in contestants:
        print(f"{contestant.name}, {comparison.subscribers:,} subscribers", flush=True)
        standings.append(await _standing(contestant, comparison))
    return standings


async def _standing(contestant: Contestant, comparison: Comparison) -> Standing:
    async with contestant.running(comparison.subscribers) as running, helper("client") as client:
        pin(running.pid, SERVER_CORE)
        grown = await connect(client, running.boards, port=running.port, server=running.pid)
        contest = _Contest(
            client=client, server=running.pid, publish=running.publish, comparison=comparison
        )
        await contest.warm_up()
        return Standing(
            name=contestant.name,
            bytes_per_connection=grown / comparison.subscribers,
            paced=await contest.paced(),
            busy=await contest.busy(),
        )


def standings_table(standings: Sequence[Standing]) -> Iterator[str]:
    """The lines, in Markdown, and how Taskwire stands to each goal."""
    yield (
        "| server | CPU per delivery | when busy | deliveries/s when busy "
        "| memory per connection | p50 | p99 |"
    )
    yield "| --- |" + " ---: |" * 6
    for standing in standings:
        cells = (
            standing.name,
            f"{standing.paced.cpu_per_delivery * 1e6:.1f} µs",
            f"{standing.busy.cpu_per_delivery * 1e6:.1f} µs",
            f"{standing.busy.deliveries / standing.busy.seconds:,.0f}",
            f"{standing.bytes_per_connection / 1024:.1f} KiB",
            f"{standing.paced.p50 * 1000:.0f} ms",
            f"{standing.paced.p99 * 1000:.0f} ms",
        )
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield from _ratios({standing.name: standing for standing in standings})


def _ratios(standing_by_name: Mapping[str, Standing]) -> Iterator[str]:
    ours = standing_by_name[TASKWIRE]
    for name, goal in _GOALS.items():
        theirs = standing_by_name.get(name)
        if theirs is not None:
            paced = theirs.paced.cpu_per_delivery / ours.paced.cpu_per_delivery
            busy = theirs.busy.cpu_per_delivery / ours.busy.cpu_per_delivery
            yield (
                f"{name}: {paced:.1f} times the CPU per delivery of Taskwire, {busy:.1f} when busy "
                f"(goal {goal:g})"
            )
