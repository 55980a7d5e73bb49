"""Sending project events to Kafka, in order."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, KafkaError, TopicAlreadyExistsError, for_code
from aiokafka.partitioner import DefaultPartitioner

from domain.events import ProjectEvent
from infra.cancellation import own_cancellation_only
from infra.event_codec import encode_event
from infra.kafka_cluster import KafkaCluster
from infra.settings import KAFKA_TOPIC

_LOG = logging.getLogger(__name__)

_PARTITIONS: Final = 12
# As many copies as brokers, up to what a production cluster keeps.
_REPLICAS_MAX: Final = 3
_REQUEST_TIMEOUT_MS: Final = 2_000
# Longer than a request, shorter than the relay's lease: the client's own retries can hang.
_SEND_TIMEOUT_SECONDS: Final = 4.0
_CONNECT_TIMEOUT_SECONDS: Final = 5.0
# A broker that lost its topics may have made one with fewer partitions under the old name, and some
# take events for partitions that are none.
_METADATA_MAX_AGE_MS: Final = 5_000
_CLOSE_TIMEOUT_SECONDS: Final = 3.0
_BATCH_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What became of some events: the places of those Kafka has, and why the others failed."""

    acknowledged: Sequence[int]
    failure: BaseException | None


class EventPublisher:
    """Sends events to the topic, keyed by project; each project's in the order given.

    All events of one partition travel in one batch, which Kafka takes whole or not at
    all, and the next batch leaves only when the last was acknowledged. So a failure can
    repeat events, but never let a later one of a project overtake an earlier one.
    """

    def __init__(self, cluster: KafkaCluster, *, is_idempotent: bool) -> None:
        self._cluster = cluster
        self._is_idempotent = is_idempotent
        self._producer: AIOKafkaProducer | None = None
        self._partitioner = DefaultPartitioner()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def publish(self, events: Sequence[ProjectEvent]) -> Publication:
        """Return when each event is acknowledged by all replicas, or has failed."""
        try:
            with own_cancellation_only():
                producer = await self._connected()
                async with asyncio.timeout(_SEND_TIMEOUT_SECONDS):
                    partitions = sorted(await producer.partitions_for(KAFKA_TOPIC))
        except (KafkaError, TimeoutError, OSError) as error:
            await self.close()
            return Publication(acknowledged=(), failure=error)
        places_by_partition: defaultdict[int, list[int]] = defaultdict(list)
        for place, event in enumerate(events):
            partition = self._partitioner(_key(event), partitions, partitions)
            places_by_partition[partition].append(place)
        outcomes = await asyncio.gather(
            *(
                self._send(producer, partition, [(place, events[place]) for place in places])
                for partition, places in places_by_partition.items()
            )
        )
        failures = [outcome.failure for outcome in outcomes if outcome.failure is not None]
        if failures:
            # A new producer knows no stale batches, leaders or topics.
            await self.close()
        return Publication(
            acknowledged=[place for outcome in outcomes for place in outcome.acknowledged],
            failure=failures[0] if failures else None,
        )

    async def close(self) -> None:
        """Drop the connection; the next publish makes a new one."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await _stop_producer(producer)

    async def _connected(self) -> AIOKafkaProducer:
        if self._producer is not None:
            return self._producer
        await ensure_topic(self._cluster)
        producer = AIOKafkaProducer(
            **self._cluster.options,
            client_id="taskwire-relay",
            acks="all",
            enable_idempotence=self._is_idempotent,
            # A broker takes a megabyte, and the change of a long description can be more in JSON.
            compression_type="gzip",
            linger_ms=0,
            max_batch_size=_BATCH_BYTES,
            request_timeout_ms=_REQUEST_TIMEOUT_MS,
            metadata_max_age_ms=_METADATA_MAX_AGE_MS,
        )
        try:
            async with asyncio.timeout(_CONNECT_TIMEOUT_SECONDS):
                await producer.start()
        except BaseException:
            await _stop_producer(producer)
            raise
        self._producer = producer
        return producer

    async def _send(
        self, producer: AIOKafkaProducer, partition: int, events: list[tuple[int, ProjectEvent]]
    ) -> Publication:
        acknowledged: list[int] = []
        try:
            with own_cancellation_only():
                async with asyncio.timeout(_SEND_TIMEOUT_SECONDS):
                    while remaining := events[len(acknowledged) :]:
                        batch = producer.create_batch()
                        places = []
                        for place, event in remaining:
                            if batch.append(**_record(event)) is None:
                                break
                            places.append(place)
                        batch.close()
                        await (await producer.send_batch(batch, KAFKA_TOPIC, partition=partition))
                        acknowledged.extend(places)
        # The client asserts that the partition exists, which a new topic may not bear out.
        except (KafkaError, TimeoutError, OSError, AssertionError) as error:
            return Publication(acknowledged=acknowledged, failure=error)
        return Publication(acknowledged=acknowledged, failure=None)


def _key(event: ProjectEvent) -> bytes:
    return str(event.project_id).encode()


def _record(event: ProjectEvent) -> dict[str, object]:
    trace = event.trace_parent
    return {
        "timestamp": int(event.occurred_at.timestamp() * 1000),
        "key": _key(event),
        "value": encode_event(event),
        "headers": [] if trace is None else [("traceparent", trace.encode())],
    }


async def _stop_producer(producer: AIOKafkaProducer) -> None:
    # Batches that can't be sent any more would keep the producer from stopping.
    producer._message_accumulator.fail_all(KafkaConnectionError("given up"))  # noqa: SLF001 - no public way
    try:
        with own_cancellation_only():
            async with asyncio.timeout(_CLOSE_TIMEOUT_SECONDS):
                await producer.stop()
    except (KafkaError, TimeoutError, OSError) as error:
        _LOG.warning("the Kafka producer did not close in order: %r", error)


async def ensure_topic(cluster: KafkaCluster) -> None:
    """Create the topic when it is missing; a cluster that refuses is told of, and not an error."""
    async with asyncio.timeout(_CONNECT_TIMEOUT_SECONDS):
        admin = AIOKafkaAdminClient(**cluster.options, request_timeout_ms=_REQUEST_TIMEOUT_MS)
        try:
            await admin.start()
            description = await admin.describe_cluster()
            replicas = min(_REPLICAS_MAX, max(1, len(description["brokers"])))
            answer = await admin.create_topics([NewTopic(KAFKA_TOPIC, _PARTITIONS, replicas)])
        finally:
            await admin.close()
    for topic in answer.to_object()["topic_errors"]:
        error = for_code(topic["error_code"])
        if error.errno and error is not TopicAlreadyExistsError:
            _LOG.warning("could not create the topic %s: %s", KAFKA_TOPIC, error.__name__)
