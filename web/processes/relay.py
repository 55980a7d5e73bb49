"""The relay: committed events from the outbox to Kafka, in order, one relay at a time."""

import asyncio
import logging
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Final

from domain.errors import Unavailable
from infra.backoff import Backoff
from infra.kafka import EventPublisher
from infra.metrics import (
    OUTBOX_AGE_SECONDS,
    OUTBOX_EVENTS,
    RELAY_EVENTS,
    RELAY_FAILURES,
    RELAY_IS_ACTIVE,
    RELAY_PRODUCE_SECONDS,
)
from infra.settings import Settings
from infra.telemetry.tracing import Tracing
from persistence.database import Database
from persistence.leases import LEASES_CHANNEL, Lease, Leases
from persistence.outbox import LeaseLost, Outbox, OutboxEntry
from persistence.unit_of_work import EVENTS_CHANNEL
from persistence.wakeup import Wakeup
from web.event_spans import relaying
from web.http.health import HealthEndpoints, check_kafka, check_postgres
from web.processes.operations_port import process_telemetry

_LOG = logging.getLogger(__name__)

LEASE_NAME: Final = "relay"
# A dead relay is replaced when its lease has run out and a standby asks next: within 9 s.
_LEASE_DURATION: Final = timedelta(seconds=8)
_RENEW_SECONDS: Final = 2.0
# Notifications are hints; this finds what they missed.
_POLL_SECONDS: Final = 1.0
_LAG_SECONDS: Final = 5.0
_BATCH_EVENTS: Final = 500
_RELEASE_TIMEOUT_SECONDS: Final = 2.0


class Relay:
    """Moves the outbox to Kafka while it holds the lease, and stands by otherwise.

    An entry leaves the outbox only when Kafka has acknowledged it, so a relay that dies
    in between makes its successor send it again: every event arrives at least once, and
    for the first time in its project's order.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        leases: Leases,
        publisher: EventPublisher,
        wakeup: Wakeup,
        tracing: Tracing | None = None,
    ) -> None:
        self._outbox = outbox
        self._leases = leases
        self._publisher = publisher
        self._wakeup = wakeup
        self._spans = relaying(tracing)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._wakeup.run())
            group.create_task(self._take_turns())

    async def _take_turns(self) -> None:
        while True:
            try:
                lease = await self._leases.acquire(LEASE_NAME)
            except Unavailable as error:
                _LOG.warning("cannot ask for the lease: %s", error)
                lease = None
            if lease is None:
                await self._wakeup.wait(LEASES_CHANNEL, _POLL_SECONDS)
            else:
                await self._hold(lease)

    async def _hold(self, lease: Lease) -> None:
        _LOG.info("active, epoch %d", lease.epoch)
        RELAY_IS_ACTIVE.set(1)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep(lease))
                group.create_task(self._observe())
                group.create_task(self._drain(lease))
        except* LeaseLost as lost:
            _LOG.warning("standing by: %s", lost.exceptions[0])
        finally:
            RELAY_IS_ACTIVE.set(0)
            await self._give_back(lease)

    async def _give_back(self, lease: Lease) -> None:
        try:
            async with asyncio.timeout(_RELEASE_TIMEOUT_SECONDS):
                await self._leases.release(lease)
        except (Unavailable, TimeoutError) as error:
            _LOG.info("the lease runs out by itself: %s", error)

    async def _keep(self, lease: Lease) -> None:
        """Renew the lease until it is lost, at the latest when its time is over."""
        clock = asyncio.get_running_loop().time
        duration = self._leases.duration.total_seconds()
        good_until = clock() + duration
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            asked_at = clock()
            try:
                async with asyncio.timeout_at(good_until):
                    is_held = await self._leases.renew(lease)
            except (Unavailable, TimeoutError) as error:
                if clock() >= good_until:
                    raise LeaseLost("the lease could not be renewed in time") from error
                continue
            if not is_held:
                raise LeaseLost("another relay holds the lease")
            good_until = asked_at + duration

    async def _observe(self) -> None:
        while True:
            with suppress(Unavailable):
                lag = await self._outbox.lag()
                OUTBOX_EVENTS.set(lag.events)
                OUTBOX_AGE_SECONDS.set(lag.seconds)
            await asyncio.sleep(_LAG_SECONDS)

    async def _drain(self, lease: Lease) -> None:
        backoff = Backoff(first=0.05, longest=3.0)
        while True:
            try:
                entries = await self._outbox.fetch(_BATCH_EVENTS)
                if not entries:
                    await self._wakeup.wait(EVENTS_CHANNEL, _POLL_SECONDS)
                    continue
                await self._send(entries, lease)
            except Unavailable as error:
                _LOG.warning("events wait: %s", error)
                await backoff.sleep()
            else:
                backoff.reset()

    async def _send(self, entries: Sequence[OutboxEntry], lease: Lease) -> None:
        with RELAY_PRODUCE_SECONDS.time(), self._spans(entries):
            publication = await self._publisher.publish([entry.event for entry in entries])
        if publication.acknowledged:
            # After this line they may be sent again, and before it they must not be forgotten.
            await self._outbox.remove(
                [entries[place].id for place in publication.acknowledged], lease=lease
            )
            RELAY_EVENTS.inc(len(publication.acknowledged))
        if publication.failure is not None:
            RELAY_FAILURES.inc()
            raise Unavailable(
                f"Kafka took {len(publication.acknowledged)} of {len(entries)} events: "
                f"{publication.failure!r}"
            ) from publication.failure


async def run(settings: Settings) -> None:
    """Relay events until cancelled."""
    # It tells of every attempt; the relay tells of what came of them.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    async with (
        # One connection each to drain, renew and observe.
        Database(settings.database_url, pool_size=3) as database,
        process_telemetry(settings, "relay", _health(settings, database)) as telemetry,
        EventPublisher(
            settings.kafka_bootstrap, is_idempotent=settings.kafka_idempotence
        ) as publisher,
    ):
        database.connections.telemetry = telemetry.statements
        leases = Leases(
            database, holder=f"{socket.gethostname()}:{os.getpid()}", duration=_LEASE_DURATION
        )
        wakeup = Wakeup(database, EVENTS_CHANNEL, LEASES_CHANNEL)
        await Relay(
            outbox=Outbox(database),
            leases=leases,
            publisher=publisher,
            wakeup=wakeup,
            tracing=telemetry.tracing,
        ).run()


def _health(settings: Settings, database: Database) -> HealthEndpoints:
    return HealthEndpoints(
        required={
            "postgres": partial(check_postgres, database),
            "kafka": partial(check_kafka, settings.kafka_bootstrap),
        }
    )
