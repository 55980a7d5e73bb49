"""Runs of a worker's jobs, counted and measured."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from infra.metrics import WORKER_RUN_SECONDS, WORKER_RUNS


@contextmanager
def measured_run(job: str) -> Iterator[None]:
    """Count the block as a run of the job, `failed` if it raises, else `ok`."""
    started_at = perf_counter()
    outcome = "failed"
    try:
        yield
        outcome = "ok"
    finally:
        WORKER_RUNS.labels(job, outcome).inc()
        WORKER_RUN_SECONDS.labels(job).observe(perf_counter() - started_at)
