"""What loaders tell: how many keys they load at once, and how long that takes."""

from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter_ns
from typing import Any, Final, TypeAlias

from infra.metrics import LOADER_BATCH_SIZE, LOADER_SECONDS
from infra.telemetry.tally import ObservationTally, Tallies
from infra.telemetry.tracing import Tracing

LoadBatch: TypeAlias = Callable[[Sequence[Any]], Awaitable[Sequence[Any]]]

_NS: Final = 1e-9


class LoadTelemetry:
    """`graph.loading.LoadObserver` by metrics and traces."""

    def __init__(self, tallies: Tallies, tracing: Tracing | None) -> None:
        self._tallies = tallies
        self._tracing = tracing
        self._by_loader: dict[type, tuple[ObservationTally, ObservationTally]] = {}

    def observed(self, loader: type, load: LoadBatch) -> LoadBatch:
        """The same load, measured, in a span of its own where there is a trace."""
        sizes, seconds = self._by_loader.get(loader) or self._tallies_of(loader)
        tracing = self._tracing

        async def load_observed(keys: Sequence[Any]) -> Sequence[Any]:
            sizes.observe(len(keys))
            started_ns = perf_counter_ns()
            try:
                if tracing is None:
                    return await load(keys)
                with tracing.inside(f"load {loader.__name__}", {"taskwire.keys": len(keys)}):
                    return await load(keys)
            finally:
                seconds.observe((perf_counter_ns() - started_ns) * _NS)

        return load_observed

    def _tallies_of(self, loader: type) -> tuple[ObservationTally, ObservationTally]:
        known = self._by_loader[loader] = (
            self._tallies.observations(LOADER_BATCH_SIZE, loader.__name__),
            self._tallies.observations(LOADER_SECONDS, loader.__name__),
        )
        return known
