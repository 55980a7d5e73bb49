"""Samples of weeks that nobody waited for, as Prometheus would have recorded them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

# What was usual at this hour, in what the rules call signals.
USUAL_BY_SIGNAL: Final = {"request_rate": 1.0, "latency": 0.05, "completions": 20.0}

_WEEKS: Final = (2, 1)
# The rules look at an hour around this minute. They go on doing so while the tests run.
_BEFORE: Final = timedelta(minutes=45)
_AFTER: Final = timedelta(minutes=60)
_STEP: Final = timedelta(minutes=1)


def two_weeks_until(now: datetime) -> str:
    """The signals at this hour of each of the last two weeks, in OpenMetrics' format."""
    lines = ["# TYPE taskwire:signal:value gauge", *_samples(now), "# EOF"]
    return "\n".join(lines) + "\n"


def _samples(now: datetime) -> Iterator[str]:
    for signal, value in USUAL_BY_SIGNAL.items():
        series = f'taskwire:signal:value{{environment="prod",signal="{signal}"}}'
        for week in _WEEKS:
            middle = now - timedelta(weeks=week)
            for minute in range(-_BEFORE // _STEP, _AFTER // _STEP):
                yield f"{series} {value} {(middle + minute * _STEP).timestamp():.3f}"
