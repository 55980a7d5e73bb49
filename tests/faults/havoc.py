"""Doing what the schedule says."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from infra.embedded.errors import StackError
from tests.faults.schedule import Fault, Kind
from tests.faults.subscribers import Subscriber
from tests.faults.system import System

_SLOW_SECONDS: Final = 0.05
_DROPPED_SHARE: Final = 0.5
_SLOW_READERS_SHARE: Final = 0.1
_WATCH_SECONDS: Final = 1.0
_START_SECONDS: Final = 400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """A fault that was done: when it began, and when the target was back (since 1970)."""

    fault: Fault
    began_at: float
    returned_at: float


class Havoc:
    """Inflicts faults, side by side where they have different targets."""

    def __init__(
        self,
        system: System,
        subscribers: Sequence[Subscriber],
        *,
        seed: int,
        report: Callable[[str], None],
    ) -> None:
        self._system = system
        self._subscribers = subscribers
        self._random = Random(seed)  # noqa: S311 - a seeded run is to be repeatable
        self._report = report
        # A target is mended before it is broken again.
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.happened: list[Happened] = []
        # Processes that ended though nobody killed them.
        self.crashes: list[str] = []

    async def wreak(self, faults: Sequence[Fault]) -> None:
        """Return when the last one is over."""
        clock = asyncio.get_running_loop().time
        started_at = clock()
        async with asyncio.TaskGroup() as group:
            for fault in faults:
                await asyncio.sleep(max(0.0, started_at + fault.at - clock()))
                group.create_task(self._inflict(fault))

    async def _inflict(self, fault: Fault) -> None:
        async with self._turns[fault.target]:
            began_at = time.time()
            async with self._broken(fault):
                await asyncio.sleep(fault.seconds)
            happened = Happened(fault=fault, began_at=began_at, returned_at=time.time())
        self.happened.append(happened)
        self._report(f"{len(self.happened):5}  {fault}")

    @asynccontextmanager
    async def _broken(self, fault: Fault) -> AsyncIterator[None]:
        match fault.kind:
            case Kind.KILL | Kind.FREEZE:
                end = await self._break_process(fault)
            case Kind.CUT | Kind.STALL | Kind.HALF_OPEN | Kind.SLOW | Kind.FULL_DISK:
                end = self._break_network(fault)
            case Kind.FLUSH | Kind.KILL_CLIENTS:
                end = await self._trouble_valkey(fault)
            case Kind.DROP_CLIENTS | Kind.SLOW_READERS:
                end = self._trouble_clients(fault)
        try:
            yield
        finally:
            end()
            if fault.kind is Kind.KILL:
                await self._start(fault.target)

    async def watch_processes(self) -> None:
        """Start again what ends by itself, and remember that it did, until cancelled."""
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            for name, role in self._system.role_by_name.items():
                if role.is_running or self._turns[name].locked():
                    continue
                async with self._turns[name]:
                    reason = await role.wait()
                    self.crashes.append(f"{name}: {reason}")
                    self._report(f"       {name} ended by itself: {reason}")
                    await self._start(name)

    async def _start(self, name: str) -> None:
        """Start it until it runs, which it may refuse while something else is broken."""
        async with asyncio.timeout(_START_SECONDS):
            while True:
                try:
                    await self._system.service(name).start()
                except StackError as error:
                    self._report(f"       {name} did not start yet: {error}")
                else:
                    return

    async def _break_process(self, fault: Fault) -> Callable[[], None]:
        service = self._system.service(fault.target)
        if fault.kind is Kind.KILL:
            await service.kill()
            return _nothing
        service.pause()
        return service.resume

    def _break_network(self, fault: Fault) -> Callable[[], None]:
        link = self._system.link_by_name[fault.target]

        def mend() -> None:
            link.is_refusing = link.has_full_disk = False
            link.delay_seconds = 0.0
            link.flow()

        match fault.kind:
            case Kind.CUT:
                link.is_refusing = True
                link.cut()
            case Kind.STALL:
                link.stall()
            case Kind.HALF_OPEN:
                return link.silence()
            case Kind.SLOW:
                link.delay_seconds = _SLOW_SECONDS
            case _:
                link.has_full_disk = True
        return mend

    async def _trouble_valkey(self, fault: Fault) -> Callable[[], None]:
        command = (
            ("FLUSHALL",)
            if fault.kind is Kind.FLUSH
            else ("CLIENT", "KILL", "TYPE", self._random.choice(("pubsub", "normal")))
        )
        async with Redis.from_url(self._system.valkey.url, socket_timeout=2) as redis:
            try:
                await redis.execute_command(*command)  # type: ignore[no-untyped-call]
            except RedisError as error:
                # It kills this connection as well, or Valkey is just being killed.
                self._report(f"       {fault}: {type(error).__name__}")
        return _nothing

    def _trouble_clients(self, fault: Fault) -> Callable[[], None]:
        share = _DROPPED_SHARE if fault.kind is Kind.DROP_CLIENTS else _SLOW_READERS_SHARE
        count = max(1, int(len(self._subscribers) * share))
        chosen = self._random.sample(self._subscribers, count)
        if fault.kind is Kind.DROP_CLIENTS:
            for subscriber in chosen:
                subscriber.drop()
            return _nothing
        for subscriber in chosen:
            subscriber.stop_reading()

        def end() -> None:
            for subscriber in chosen:
                subscriber.read_again()

        return end


def _nothing() -> None:
    """What is over as soon as it is done has no end."""
