"""Everything one process needs to tell about itself, opened and closed as one."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from prometheus_client import disable_created_metrics

from infra.metrics import BUILD_INFO, EVENT_LOOP_LAG_SECONDS
from infra.settings import Settings
from infra.telemetry.build import VERSION
from infra.telemetry.exposition import expose, is_multiprocess
from infra.telemetry.loads import LoadTelemetry
from infra.telemetry.process_figures import WorkerProcessFigures
from infra.telemetry.statements import StatementTelemetry
from infra.telemetry.tally import Tallies
from infra.telemetry.tracing import Tracing, open_tracing

_LOG = logging.getLogger(__name__)

# Half a second late is the longest a held-up event loop stays unseen.
_SAMPLE_SECONDS: Final = 0.5

Sample = Callable[[], None]


@dataclass(slots=True, kw_only=True)
class Telemetry:
    """What a process of this role tells. `tracing` is None when no traces are wanted."""

    role: str
    tracing: Tracing | None
    tallies: Tallies = field(default_factory=Tallies)
    statements: StatementTelemetry = field(init=False)
    loads: LoadTelemetry = field(init=False)
    _samples: list[Sample] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.statements = StatementTelemetry(self.tallies, self.tracing)
        self.loads = LoadTelemetry(self.tallies, self.tracing)
        self._samples += [self.loads.hand_over, self.tallies.hand_over]

    def sample_with(self, sample: Sample) -> None:
        """Call this twice a second, to set what nobody changes one by one. It must not err."""
        self._samples.append(sample)

    async def exposed(self) -> bytes:
        """The text of a scrape, as exact as it gets."""
        self.sample()
        # Composing it takes milliseconds, which live updates should not wait for.
        return await asyncio.to_thread(expose, self.role)

    def sample(self) -> None:
        """Bring everything up to date that is not changed one by one."""
        for sample in self._samples:
            sample()

    async def run(self) -> None:
        """Sample until cancelled."""
        lag_seconds = self.tallies.observations(EVENT_LOOP_LAG_SECONDS)
        clock = asyncio.get_running_loop().time
        while True:
            slept_at = clock()
            await asyncio.sleep(_SAMPLE_SECONDS)
            lag_seconds.observe(max(0.0, clock() - slept_at - _SAMPLE_SECONDS))
            self.sample()


@asynccontextmanager
async def open_telemetry(settings: Settings, role: str) -> AsyncIterator[Telemetry]:
    """The telemetry of a process, sampled while the context is open."""
    # When each counter began is a series of its own for every series, and nobody reads it.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    BUILD_INFO.labels(VERSION, settings.commit).set(1)
    async with open_tracing(settings, role) as tracing:
        telemetry = Telemetry(role=role, tracing=tracing)
        if is_multiprocess():
            telemetry.sample_with(WorkerProcessFigures().sample)
        sampling = asyncio.create_task(telemetry.run())
        try:
            yield telemetry
        finally:
            sampling.cancel()
            await asyncio.wait({sampling})
            telemetry.sample()
