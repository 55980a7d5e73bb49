"""The relay: committed events from the outbox to Kafka, each project's in order."""

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
from infra.kafka_cluster import kafka_cluster, quiet_clients
from infra.metrics import (
    OUTBOX_AGE_SECONDS,
    OUTBOX_EVENTS,
    RELAY_EVENTS,
    RELAY_FAILURES,
    RELAY_PRODUCE_SECONDS,
)
from infra.settings import Settings
from infra.telemetry.tracing import Tracing
from persistence.database import Database
from persistence.event_append import EVENTS_CHANNEL
from persistence.leases import LEASES_CHANNEL
from persistence.outbox import RELAY_SHARDS, RELAY_WORK, Outbox, OutboxEntry
from persistence.shares import Shares
from persistence.wakeup import Wakeup
from web.dependency_checks import check_kafka
from web.event_spans import relaying
from web.http.health import HealthEndpoints
from web.processes.operations_port import process_telemetry
from web.processes.relay_shards import RelayShards

_LOG = logging.getLogger(__name__)

# A dead relay's shards are free when their leases have run out: within 4 s.
_LEASE_DURATION: Final = timedelta(seconds=4)
# Notifications are hints; this finds what they missed.
_POLL_SECONDS: Final = 1.0
_LAG_SECONDS: Final = 5.0
_BATCH_EVENTS: Final = 500
# Every batch costs Postgres, Kafka and the bridge about the same, so what is changed in quick
# succession travels together. Nobody sees so little, and a change after a pause does not wait.
_PACE_SECONDS: Final = 0.02


class Relay:
    """Moves its shards of the outbox to Kafka; other relays move the other shards.

    An entry leaves the outbox only when Kafka has acknowledged it, so a relay that dies
    in between makes its successor send it again: every event arrives at least once, and
    for the first time in its project's order.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        shares: Shares,
        publisher: EventPublisher,
        wakeup: Wakeup,
        tracing: Tracing | None = None,
        pace_seconds: float = _PACE_SECONDS,
    ) -> None:
        self._outbox = outbox
        self._pace_seconds = pace_seconds
        self._publisher = publisher
        self._wakeup = wakeup
        self._spans = relaying(tracing)
        self._shards = RelayShards(shares, wakeup)
        wakeup.heed_only(EVENTS_CHANNEL, self._shards.concern)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._wakeup.run())
            group.create_task(self._shards.run())
            group.create_task(self._observe())
            group.create_task(self._drain())

    async def _observe(self) -> None:
        """Tell of the whole outbox: a shard that nobody holds must be seen as well."""
        while True:
            with suppress(Unavailable):
                lag = await self._outbox.lag()
                OUTBOX_EVENTS.set(lag.events)
                OUTBOX_AGE_SECONDS.set(lag.seconds)
            await asyncio.sleep(_LAG_SECONDS)

    async def _drain(self) -> None:
        backoff = Backoff(first=0.05, longest=1.0)
        clock = asyncio.get_running_loop().time
        while True:
            began_at = clock()
            try:
                sent = await self._drain_once()
            except Unavailable as error:
                _LOG.warning("events wait: %s", error)
                await backoff.sleep()
                continue
            backoff.reset()
            if not sent:
                await self._wakeup.wait(EVENTS_CHANNEL, _POLL_SECONDS)
            elif sent < _BATCH_EVENTS:
                await asyncio.sleep(max(0.0, began_at + self._pace_seconds - clock()))

    async def _drain_once(self) -> int:
        """Send a batch; say how many were in it."""
        # No shard is given back between reading its entries and forgetting them.
        async with self._shards.turn:
            numbers = self._shards.numbers()
            entries = await self._outbox.fetch(_BATCH_EVENTS, shards=numbers) if numbers else ()
            if entries:
                await self._send(entries)
        return len(entries)

    async def _send(self, entries: Sequence[OutboxEntry]) -> None:
        with RELAY_PRODUCE_SECONDS.time(), self._spans(entries):
            publication = await self._publisher.publish([entry.event for entry in entries])
        if publication.acknowledged:
            # After this line they may be sent again, and before it they must not be forgotten.
            leases = self._shards.leases()
            removal = await self._outbox.remove(
                [entries[place].id for place in publication.acknowledged], held=leases
            )
            self._shards.drop_lost(leases, removal.held)
            RELAY_EVENTS.inc(len(publication.acknowledged))
        if publication.failure is not None:
            RELAY_FAILURES.inc()
            raise Unavailable(
                f"Kafka took {len(publication.acknowledged)} of {len(entries)} events: "
                f"{publication.failure!r}"
            ) from publication.failure


async def run(settings: Settings) -> None:
    """Relay events until cancelled."""
    quiet_clients(settings)
    async with (
        # One connection each to drain, renew and observe.
        Database(settings.database_url, pool_size=3) as database,
        process_telemetry(settings, "relay", _health(settings, database)) as telemetry,
        EventPublisher(
            kafka_cluster(settings), is_idempotent=settings.kafka_idempotence
        ) as publisher,
    ):
        database.connections.telemetry = telemetry.statements
        shares = Shares(
            database,
            work=RELAY_WORK,
            count=RELAY_SHARDS,
            holder=f"{socket.gethostname()}:{os.getpid()}",
            duration=_LEASE_DURATION,
        )
        wakeup = Wakeup(database, EVENTS_CHANNEL, LEASES_CHANNEL)
        await Relay(
            outbox=Outbox(database),
            shares=shares,
            publisher=publisher,
            wakeup=wakeup,
            tracing=telemetry.tracing,
        ).run()


def _health(settings: Settings, database: Database) -> HealthEndpoints:
    return HealthEndpoints(
        required={
            "postgres": database.check,
            "kafka": partial(check_kafka, settings.kafka_bootstrap),
        }
    )
