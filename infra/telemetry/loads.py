"""What loaders tell: how many keys they load at once, and how long that takes."""

from contextlib import AbstractContextManager, nullcontext
from typing import Final

from infra.metrics import LOADER_BATCH_SIZE, LOADER_SECONDS
from infra.telemetry.tally import ObservationTally, Tallies
from infra.telemetry.tracing import Tracing, is_recording

_NS: Final = 1e-9


class LoadTelemetry:
    """`graph.loading.LoadObserver` by metrics and traces."""

    def __init__(self, tallies: Tallies, tracing: Tracing | None) -> None:
        self._tallies = tallies
        self._tracing = tracing
        self._by_loader: dict[type, tuple[ObservationTally, ObservationTally]] = {}
        self._batches: list[tuple[type, int, int]] = []
        self.is_tracing = is_recording
        # Keeps it until it is handed over, without a call of Python's own.
        self.loaded = self._batches.append

    def loading(self, loader: type, keys: int) -> AbstractContextManager[object]:
        """A span of the load where there is a trace."""
        if self._tracing is None:
            return nullcontext()
        return self._tracing.inside(f"load {loader.__name__}", {"taskwire.keys": keys})

    def hand_over(self) -> None:
        """Count the batches since the last time."""
        for loader, keys, nanoseconds in self._batches:
            sizes, seconds = self._by_loader.get(loader) or self._tallies_of(loader)
            sizes.observe(keys)
            seconds.observe(nanoseconds)
        self._batches.clear()

    def _tallies_of(self, loader: type) -> tuple[ObservationTally, ObservationTally]:
        known = self._by_loader[loader] = (
            self._tallies.observations(LOADER_BATCH_SIZE, loader.__name__),
            self._tallies.observations(LOADER_SECONDS, loader.__name__, unit=_NS),
        )
        return known
