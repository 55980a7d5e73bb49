"""Reading project events from Kafka in a consumer group."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from domain.errors import Unavailable
from infra.cancellation import own_cancellation_only
from infra.kafka import ensure_topic
from infra.kafka_cluster import KafkaCluster
from infra.settings import KAFKA_TOPIC

_LOG = logging.getLogger(__name__)

# Joining a group waits for its other members to join again.
_JOIN_TIMEOUT_SECONDS: Final = 30.0
_ANSWER_TIMEOUT_SECONDS: Final = 5.0
_CLOSE_TIMEOUT_SECONDS: Final = 3.0


class EventConsumer:
    """One member of a consumer group on the topic. Raises Unavailable when Kafka is away.

    A new group begins at the end of the topic. A place that is lost later, as with a broker that
    lost its data, is made good for from the beginning: events may repeat, and none is left out.
    """

    def __init__(self, cluster: KafkaCluster, *, group: str, fetch_max_wait_ms: int) -> None:
        self._cluster = cluster
        self._group = group
        self._fetch_max_wait_ms = fetch_max_wait_ms
        self._consumer: AIOKafkaConsumer | None = None
        # What was behind this member's places when they were last looked at.
        self.lag_events = 0

    async def __aenter__(self) -> Self:
        try:
            await self._open()
        except (KafkaError, OSError) as error:
            await self._close()
            raise Unavailable(f"Kafka is away: {error!r}") from error
        except BaseException:
            await self._close()
            raise
        return self

    async def _open(self) -> None:
        with own_cancellation_only():
            await ensure_topic(self._cluster)
            self._consumer = AIOKafkaConsumer(
                KAFKA_TOPIC,
                **self._cluster.options,
                client_id=self._group,
                group_id=self._group,
                enable_auto_commit=False,
                # For places that are lost on the way; where a new group begins, see below.
                auto_offset_reset="earliest",
                fetch_max_wait_ms=self._fetch_max_wait_ms,
                # Longer than the session, because joining waits for members that are gone.
                request_timeout_ms=8_000,
                # The least that Kafka allows: a dead member's share rests so long.
                session_timeout_ms=6_000,
                heartbeat_interval_ms=1_000,
                metadata_max_age_ms=10_000,
                retry_backoff_ms=250,
            )
            async with asyncio.timeout(_JOIN_TIMEOUT_SECONDS):
                await self._consumer.start()
                await self._begin(self._consumer)
            await self._share_places()

    async def _begin(self, consumer: AIOKafkaConsumer) -> None:
        """Where the group has no place yet, take the end: what is sent from here on is read."""
        for partition in consumer.assignment():
            with suppress(IllegalStateError):  # It is another member's by now.
                if await consumer.committed(partition) is None:
                    await consumer.seek_to_end(partition)
            await self._place(partition)

    async def _share_places(self) -> None:
        """Tell the group, so that who gets a partition next goes on where this member is."""
        try:
            await self.commit()
        except Unavailable as error:
            # The group is being shared out anew already.
            _LOG.info("%s", error)

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._close()

    async def fetch(
        self, *, limit: int, wait_seconds: float
    ) -> Sequence[ConsumerRecord[bytes, bytes]]:
        """The next records, each partition's in order; none when none comes in time."""
        consumer = self._running()
        try:
            with own_cancellation_only():
                async with asyncio.timeout(wait_seconds + _ANSWER_TIMEOUT_SECONDS):
                    batches = await consumer.getmany(
                        timeout_ms=int(wait_seconds * 1000), max_records=limit
                    )
        except (KafkaError, OSError) as error:
            raise Unavailable(f"Kafka is away: {error!r}") from error
        return [record for records in batches.values() for record in records]

    async def commit(self) -> None:
        """Remember in the group what was fetched so far."""
        try:
            with own_cancellation_only():
                async with asyncio.timeout(_ANSWER_TIMEOUT_SECONDS):
                    await self._running().commit()
        except (KafkaError, OSError) as error:
            raise Unavailable(f"offsets were not committed: {error!r}") from error

    async def rewind_replaced_partitions(self) -> int:
        """Start over in partitions that end before our place → how many those were.

        A broker that lost its data makes a new topic under the old name, and some do
        not answer a fetch behind the end with an error.
        """
        consumer = self._running()
        rewound = lag = 0
        for partition in consumer.assignment():
            place = await self._place(partition)
            # It may have gone to another member meanwhile.
            if place is None or partition not in consumer.assignment():
                continue
            end = consumer.highwater(partition)
            if end is None:
                continue
            if end < place:
                consumer.seek(partition, 0)
                rewound += 1
            lag += end - (0 if end < place else place)
        self.lag_events = lag
        return rewound

    async def _place(self, partition: TopicPartition) -> int | None:
        """The offset to be read next, or None when the partition is another member's now."""
        try:
            with own_cancellation_only():
                async with asyncio.timeout(_ANSWER_TIMEOUT_SECONDS):
                    return int(await self._running().position(partition))
        except IllegalStateError:
            return None
        except (KafkaError, OSError) as error:
            raise Unavailable(f"Kafka is away: {error!r}") from error

    def _running(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            raise RuntimeError("the consumer is not open")
        return self._consumer

    async def _close(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is None:
            return
        try:
            with own_cancellation_only():
                async with asyncio.timeout(_CLOSE_TIMEOUT_SECONDS):
                    await consumer.stop()
        except (KafkaError, OSError) as error:
            _LOG.warning("the Kafka consumer did not close in order: %r", error)
