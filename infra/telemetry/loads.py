"""What loaders tell: how many keys they load at once, and how long that takes."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

from infra.metrics import LOADER_BATCH_SIZE, LOADER_SECONDS
from infra.telemetry.tally import ObservationTally, Tallies
from infra.telemetry.tracing import Tracing

_NS: Final = 1e-9


class LoadTelemetry:
    """`graph.loading.LoadObserver` by metrics and traces."""

    def __init__(self, tallies: Tallies, tracing: Tracing | None) -> None:
        self._tallies = tallies
        self._tracing = tracing
        self._by_loader: dict[type, tuple[ObservationTally, ObservationTally]] = {}

    @property
    def is_tracing(self) -> bool:
        """Whether `loading` makes a span here."""
        return self._tracing is not None and self._tracing.is_recording

    def loading(self, loader: type, keys: Sequence[Any]) -> AbstractContextManager[None]:
        """A span of the load where there is a trace."""
        if self._tracing is None:
            return nullcontext()
        return self._tracing.inside(f"load {loader.__name__}", {"taskwire.keys": len(keys)})

    def loaded(self, loader: type, keys: Sequence[Any], nanoseconds: int) -> None:
        """Note how many were loaded at once, and what it took."""
        sizes, seconds = self._by_loader.get(loader) or self._tallies_of(loader)
        sizes.observe(len(keys))
        seconds.observe(nanoseconds * _NS)

    def _tallies_of(self, loader: type) -> tuple[ObservationTally, ObservationTally]:
        known = self._by_loader[loader] = (
            self._tallies.observations(LOADER_BATCH_SIZE, loader.__name__),
            self._tallies.observations(LOADER_SECONDS, loader.__name__),
        )
        return known
