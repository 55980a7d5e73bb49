"""Counts and observations kept in plain numbers, and handed to prometheus-client now and then.

One observation by the library takes 1.5 µs, and 3.6 µs with several workers; a board query makes
forty. Here it is an append to a list, and the library gets the sums twice a second.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from prometheus_client import Counter, Histogram


class _Pending(Protocol):
    def hand_over(self) -> None: ...


class CountTally:
    """What one child of a counter has to grow by."""

    __slots__ = ("_child", "count")

    def __init__(self, child: Counter) -> None:
        self.count = 0
        self._child = child

    def hand_over(self) -> None:
        """Tell the library, and begin anew."""
        if self.count:
            self._child.inc(self.count)
            self.count = 0


class ObservationTally:
    """Observations of one child of a histogram, in units of which the histogram has `unit` each."""

    __slots__ = ("_bounds", "_child", "_unit", "_values", "observe")

    def __init__(self, child: Histogram, unit: float) -> None:
        self._child = child
        self._unit = unit
        # The last bound is infinity.
        self._bounds: Sequence[float] = [
            bound / unit
            for bound in child._upper_bounds  # noqa: SLF001 - see hand_over
        ]
        self._values: list[float] = []
        # Counts one observation, without a call of Python's own.
        self.observe: Callable[[float], None] = self._values.append

    def hand_over(self) -> None:
        """Tell the library, and begin anew."""
        values = self._values
        if not values:
            return
        values.sort()
        # The library has no public way to take many observations at once.
        child, below = self._child, 0
        for bucket, bound in zip(child._buckets, self._bounds, strict=True):  # noqa: SLF001
            until = bisect_right(values, bound, below)
            if until > below:
                bucket.inc(until - below)
                below = until
        child._sum.inc(sum(values) * self._unit)  # noqa: SLF001
        values.clear()


class Tallies:
    """The tallies of one event loop, one for each metric and labels."""

    def __init__(self) -> None:
        self._counts: Final[dict[tuple[Counter, tuple[str, ...]], CountTally]] = {}
        self._observations: Final[dict[tuple[Histogram, tuple[str, ...]], ObservationTally]] = {}

    def count(self, metric: Counter, *labels: str) -> CountTally:
        """The tally of the counter with these labels; keep it rather than ask again."""
        known = self._counts.get((metric, labels))
        if known is None:
            known = self._counts[metric, labels] = CountTally(
                metric.labels(*labels) if labels else metric
            )
        return known

    def observations(self, metric: Histogram, *labels: str, unit: float = 1.0) -> ObservationTally:
        """The tally of the histogram with these labels; keep it rather than ask again."""
        known = self._observations.get((metric, labels))
        if known is None:
            known = self._observations[metric, labels] = ObservationTally(
                metric.labels(*labels) if labels else metric, unit
            )
        return known

    def hand_over(self) -> None:
        """Tell the library everything so far. To be called by the loop that counts."""
        pending: list[_Pending] = [*self._counts.values(), *self._observations.values()]
        for tally in pending:
            tally.hand_over()
