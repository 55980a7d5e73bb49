"""The bridge: events from Kafka to Redis pub/sub, where every web process listens."""

import asyncio
import logging
import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from redis.asyncio import Redis

from domain.errors import Unavailable
from infra.backoff import Backoff
from infra.kafka_cluster import kafka_cluster, quiet_clients
from infra.kafka_consumer import EventConsumer
from infra.metrics import (
    BRIDGE_EVENTS,
    BRIDGE_LATENCY_SECONDS,
    BRIDGE_SKIPPED_EVENTS,
    CONSUMER_LAG_EVENTS,
)
from infra.pubsub import ChannelPublisher
from infra.redis_backend import connect_to_redis
from infra.settings import Settings
from infra.telemetry.tracing import Tracing
from web.dependency_checks import check_kafka, check_redis
from web.http.health import HealthEndpoints
from web.processes.bridge_spans import Record, bridging
from web.processes.operations_port import process_telemetry

_LOG = logging.getLogger(__name__)

GROUP: Final = "taskwire-bridge"
_BATCH_EVENTS: Final = 500
_FETCH_SECONDS: Final = 1.0
# Committing and looking for lost partitions with every batch would delay the next one.
_CARE_SECONDS: Final = 1.0
# Beyond this an event is no news: the hubs have found it in the log.
_PUBLISH_SECONDS: Final = 2.0


class Bridge:
    """Publishes what the consumer group gets. What it can't publish in time it skips.

    Several may run: the group shares out the partitions, and so the projects.
    """

    def __init__(
        self,
        *,
        consumer: EventConsumer,
        publisher: ChannelPublisher,
        tracing: Tracing | None = None,
    ) -> None:
        self._consumer = consumer
        self._publisher = publisher
        self._spans = bridging(tracing)
        self._lag_events = CONSUMER_LAG_EVENTS.labels(GROUP)

    async def run(self) -> None:
        """Work until cancelled, or raise Unavailable when Kafka is away."""
        clock = asyncio.get_running_loop().time
        cared_at = clock()
        has_news = False
        while True:
            records = await self._consumer.fetch(limit=_BATCH_EVENTS, wait_seconds=_FETCH_SECONDS)
            if records:
                with self._spans(records):
                    await self._publish(records)
                has_news = True
            if clock() - cared_at >= _CARE_SECONDS:
                await self._care_for_offsets(has_news=has_news)
                cared_at = clock()
                has_news = False

    async def _care_for_offsets(self, *, has_news: bool) -> None:
        rewound = await self._consumer.rewind_replaced_partitions()
        self._lag_events.set(self._consumer.lag_events)
        if rewound:
            _LOG.warning("the broker lost %d partitions; reading them anew", rewound)
        if has_news:
            try:
                await self._consumer.commit()
            except Unavailable as error:
                # The group is being shared out anew, or Kafka is away: some hints repeat.
                _LOG.info("%s", error)

    async def _publish(self, records: Sequence[Record]) -> None:
        events = [
            (record.key.decode(errors="replace"), record.value)
            for record in records
            if record.key is not None and record.value is not None
        ]
        backoff = Backoff(first=0.05, longest=0.5)
        try:
            async with asyncio.timeout(_PUBLISH_SECONDS):
                while not await self._try_to_publish(events):
                    await backoff.sleep()
        except TimeoutError:
            BRIDGE_SKIPPED_EVENTS.inc(len(events))
            _LOG.warning("skipped %d events, Redis is away; the log has them", len(events))
        else:
            BRIDGE_EVENTS.inc(len(events))
            _observe_latency(records)

    async def _try_to_publish(self, events: Sequence[tuple[str, bytes]]) -> bool:
        try:
            await self._publisher.publish(events)
        except Unavailable:
            return False
        return True


def _observe_latency(records: Sequence[Record]) -> None:
    now = time.time()
    for record in records:
        # A record's time is that of its change.
        BRIDGE_LATENCY_SECONDS.observe(max(0.0, now - record.timestamp / 1000))


async def run(settings: Settings) -> None:
    """Bridge events until cancelled."""
    quiet_clients(settings)
    backoff = Backoff(first=0.1, longest=3.0)
    cluster = kafka_cluster(settings)
    async with (
        ChannelPublisher(settings.redis_url) as publisher,
        connect_to_redis(settings.redis_url) as redis,
        process_telemetry(settings, "bridge", _health(settings, redis)) as telemetry,
    ):
        while True:
            try:
                async with EventConsumer(
                    cluster,
                    group=GROUP,
                    fetch_max_wait_ms=settings.kafka_fetch_max_wait_ms,
                ) as consumer:
                    _LOG.info("joined the group %s", GROUP)
                    backoff.reset()
                    await Bridge(
                        consumer=consumer, publisher=publisher, tracing=telemetry.tracing
                    ).run()
            except Unavailable as error:
                _LOG.warning("joining again: %s", error)
            await backoff.sleep()


def _health(settings: Settings, redis: Redis) -> HealthEndpoints:
    return HealthEndpoints(
        required={
            "kafka": partial(check_kafka, settings.kafka_bootstrap),
            "redis": partial(check_redis, redis),
        }
    )
