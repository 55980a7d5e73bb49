"""The worker: housekeeping, by one process at a time."""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Final

from domain.errors import Unavailable
from infra.clock import SystemClock
from infra.settings import Settings
from infra.telemetry.job_runs import expect_runs, measured_run
from persistence.business_figures import BusinessReader
from persistence.database import Database
from persistence.housekeeping import Housekeeping
from persistence.leases import Leases
from web.http.health import HealthEndpoints
from web.processes.business_metrics import BusinessMetrics
from web.processes.operations_port import process_telemetry

_LOG = logging.getLogger(__name__)

LEASE_NAME: Final = "housekeeping"
_JOB: Final = "housekeeping"
_ROUND_SECONDS: Final = 60.0
# What is left then waits for the next round. Shorter than the lease, which is not renewed.
_ROUND_TIMEOUT_SECONDS: Final = 45.0
_LEASE_DURATION: Final = timedelta(seconds=60)
# Between batches: other transactions come first.
_REST_SECONDS: Final = 0.05
_BATCH_ROWS: Final = 1000

DeleteBatch = Callable[[], Awaitable[int]]


class Worker:
    """Deletes what has served its time, in rounds, batch after batch until little is left."""

    def __init__(
        self,
        *,
        leases: Leases,
        delete_batch_by_kind: Mapping[str, DeleteBatch],
        batch_rows: int = _BATCH_ROWS,
    ) -> None:
        self._leases = leases
        self._delete_batch_by_kind = delete_batch_by_kind
        self._batch_rows = batch_rows

    async def run(self) -> None:
        """Keep house every minute until cancelled."""
        expect_runs(_JOB)
        while True:
            try:
                with measured_run(_JOB):
                    await self.keep_house()
            except (Unavailable, TimeoutError) as error:
                _LOG.warning("housekeeping goes on in the next round: %r", error)
            await asyncio.sleep(_ROUND_SECONDS)

    async def keep_house(self) -> None:
        """Do one round, or nothing while another process does.

        Raises Unavailable when Postgres is away and TimeoutError when the round takes too long.
        """
        lease = await self._leases.acquire(LEASE_NAME)
        if lease is None:
            return
        try:
            async with asyncio.timeout(_ROUND_TIMEOUT_SECONDS):
                for kind, delete_batch in self._delete_batch_by_kind.items():
                    await self._delete(kind, delete_batch)
        finally:
            await self._leases.release(lease)

    async def _delete(self, kind: str, delete_batch: DeleteBatch) -> None:
        total = count = await delete_batch()
        while count >= self._batch_rows:
            await asyncio.sleep(_REST_SECONDS)
            count = await delete_batch()
            total += count
        if total:
            _LOG.info("deleted %d %s", total, kind)


async def run(settings: Settings) -> None:
    """Keep house until cancelled."""
    async with (
        # One connection for each of the two that work side by side, and one for the probes.
        Database(settings.database_url, pool_size=3) as database,
        process_telemetry(settings, "worker", _health(database)),
        asyncio.TaskGroup() as jobs,
    ):
        house = Housekeeping(database, batch_size=_BATCH_ROWS)
        worker = Worker(
            leases=Leases(
                database, holder=f"{socket.gethostname()}:{os.getpid()}", duration=_LEASE_DURATION
            ),
            delete_batch_by_kind={
                "sessions": house.delete_sessions,
                "invitations": house.delete_invitations,
                "idempotency keys": partial(
                    house.delete_idempotency_keys, timedelta(hours=settings.idempotency_key_hours)
                ),
                "events": partial(
                    house.delete_events, timedelta(days=settings.event_retention_days)
                ),
            },
        )
        jobs.create_task(worker.run())
        jobs.create_task(BusinessMetrics(BusinessReader(database), SystemClock()).run())


def _health(database: Database) -> HealthEndpoints:
    return HealthEndpoints(required={"postgres": database.check})
