"""Results as a table in Markdown."""

from collections.abc import Iterator, Sequence

from tests.performance.fanout.measurement import Result


def table(results: Sequence[Result]) -> Iterator[str]:
    """The lines."""
    yield (
        "| scenario | deliveries/s | of a core | CPU per delivery | deliveries/s and core "
        "| memory per connection | payload | p50 | p95 | p99 | most "
        "| heard p99 |"
    )
    yield "| --- |" + " ---: |" * 11
    yield from map(_row, results)
    for result in results:
        yield ""
        yield f"{result.scenario.name}, the other processes, of a core: {_others(result)}"


def _row(result: Result) -> str:
    cells = (
        result.scenario.name,
        f"{result.deliveries / result.seconds:,.0f}",
        f"{result.core_share:.0%}",
        f"{result.cpu_per_delivery * 1e6:.1f} µs",
        f"{result.deliveries / max(result.cpu_seconds, 1e-9):,.0f}",
        f"{result.bytes_per_connection / 1024:.1f} KiB",
        f"{result.bytes_per_delivery:.0f} bytes",
        *(f"{1000 * value:.0f} ms" for value in (result.p50, result.p95, result.p99, result.most)),
        f"≤ {1000 * result.heard_p99:.0f} ms",
    )
    return f"| {' | '.join(cells)} |"


def _others(result: Result) -> str:
    shares = {name: cpu / result.seconds for name, cpu in result.other_cpu_seconds.items()}
    return ", ".join(
        f"{name} {share:.0%}"
        for name, share in sorted(shares.items(), key=lambda pair: pair[1], reverse=True)
    )
