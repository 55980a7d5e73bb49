"""Results as a table in Markdown."""

from collections.abc import Iterator, Sequence

from tests.performance.fanout.measurement import Result


def table(results: Sequence[Result]) -> Iterator[str]:
    """The lines."""
    yield (
        "| scenario | deliveries/s | of a core | CPU per delivery | deliveries/s and core "
        "| memory per connection | payload | of the client's core | p50 | p95 | p99 | most "
        "| heard p99 |"
    )
    yield "| --- |" + " ---: |" * 12
    yield from map(_row, results)


def _row(result: Result) -> str:
    cells = (
        result.scenario.name,
        f"{result.deliveries / result.seconds:,.0f}",
        f"{result.core_share:.0%}",
        f"{result.cpu_per_delivery * 1e6:.1f} µs",
        f"{result.deliveries / max(result.cpu_seconds, 1e-9):,.0f}",
        f"{result.bytes_per_connection / 1024:.1f} KiB",
        f"{result.bytes_per_delivery:.0f} bytes",
        f"{result.client_cpu_seconds / result.seconds:.0%}",
        *(f"{1000 * value:.0f} ms" for value in (result.p50, result.p95, result.p99, result.most)),
        f"≤ {1000 * result.heard_p99:.0f} ms",
    )
    return f"| {' | '.join(cells)} |"
