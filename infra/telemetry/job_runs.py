"""Runs of a worker's jobs, counted and measured."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Final

from infra.metrics import WORKER_RUN_SECONDS, WORKER_RUNS

_OK: Final = "ok"
_FAILED: Final = "failed"


def expect_runs(job: str) -> None:
    """Show the job's counters at zero: an increase from nothing would not show."""
    for outcome in (_OK, _FAILED):
        WORKER_RUNS.labels(job, outcome)


@contextmanager
def measured_run(job: str) -> Iterator[None]:
    """Count the block as a run of the job, `failed` if it raises, else `ok`."""
    started_at = perf_counter()
    outcome = _FAILED
    try:
        yield
        outcome = _OK
    finally:
        WORKER_RUNS.labels(job, outcome).inc()
        WORKER_RUN_SECONDS.labels(job).observe(perf_counter() - started_at)
