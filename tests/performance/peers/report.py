"""Medians of a run as tables, one a query, with ratios to plain Strawberry and to the best peer."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from statistics import median
from typing import Final

from tests.performance.peers.bodies import TITLES
from tests.performance.peers.contestants import LIMITS, OURS, PLAIN_STRAWBERRY
from tests.performance.peers.load import Measurement

_HEADINGS: Final = (
    "server",
    "req/s",
    "of Strawberry",
    "of best peer",
    "CPU ms",
    "of best peer",
    "Postgres ms",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "MiB",
    "errors",
)


def tables(measurements: Sequence[Measurement]) -> Iterator[str]:
    """The lines of one Markdown table for each query that was measured."""
    for query, title in TITLES.items():
        of_query = [found for found in measurements if found.query == query]
        if of_query:
            yield f"**{query}: {title}**"
            yield ""
            yield from _table(of_query)
            yield ""


def _table(measurements: Sequence[Measurement]) -> Iterator[str]:
    by_name: dict[str, list[Measurement]] = {}
    for found in measurements:
        by_name.setdefault(found.contestant, []).append(found)
    rate_by_name = {name: _median(found, _rate) for name, found in by_name.items()}
    peers = by_name.keys() - OURS - LIMITS
    strawberry = rate_by_name.get(PLAIN_STRAWBERRY)
    best_rate = max((rate_by_name[name] for name in peers), default=None)
    best_processor_ms = min((_median(by_name[name], _server_ms) for name in peers), default=None)
    yield _row(_HEADINGS)
    yield _row(["---", *["---:"] * (len(_HEADINGS) - 1)])
    for name in sorted(by_name, key=lambda name: -rate_by_name[name]):
        own, rate = by_name[name], rate_by_name[name]
        yield _row(
            (
                name,
                f"{rate:.0f}",
                _ratio(rate, strawberry),
                _ratio(rate, best_rate),
                f"{_median(own, _server_ms):.2f}",
                _ratio(_median(own, _server_ms), best_processor_ms),
                f"{_median(own, lambda one: one.postgres_ms):.2f}",
                f"{_median(own, lambda one: one.p50_ms):.1f}",
                f"{_median(own, lambda one: one.p95_ms):.1f}",
                f"{_median(own, lambda one: one.p99_ms):.1f}",
                f"{max(one.resident_mib for one in own):.0f}",
                str(sum(one.errors for one in own)),
            )
        )


def _server_ms(measurement: Measurement) -> float:
    return measurement.server_ms


def _rate(measurement: Measurement) -> float:
    return measurement.requests_per_second


def _median(measurements: Iterable[Measurement], figure: Callable[[Measurement], float]) -> float:
    return median(map(figure, measurements))


def _ratio(rate: float, base: float | None) -> str:
    return f"{rate / base:.2f}" if base else ""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
