"""The topic as another consumer sees it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from domain.identifiers import ProjectId
from infra.embedded.broker import Broker
from infra.event_codec import decode_event
from infra.kafka import ensure_topic
from infra.kafka_cluster import KafkaCluster
from infra.settings import KAFKA_TOPIC


class Topic:
    """What arrived, from the beginning on."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._seqs_by_project_id: dict[ProjectId, list[int]] = {}

    async def seqs_until(self, project_id: ProjectId, last: int) -> Sequence[int]:
        """Every seq of the project that arrived, in order, as soon as `last` has."""
        seqs = self._seqs_by_project_id.setdefault(project_id, [])
        try:
            async with asyncio.timeout(20):
                while last not in seqs:
                    self._note(await self._consumer.getmany(timeout_ms=100))
        except TimeoutError:
            arrived = self._seqs_by_project_id
            raise AssertionError(f"{last} of {project_id} is late; arrived: {arrived}") from None
        return seqs

    def _note(
        self, records_by_partition: Mapping[TopicPartition, Sequence[ConsumerRecord[bytes, bytes]]]
    ) -> None:
        for records in records_by_partition.values():
            for record in records:
                event = decode_event(record.value or b"")
                self._seqs_by_project_id.setdefault(event.project_id, []).append(event.seq)


@asynccontextmanager
async def the_topic(broker: Broker) -> AsyncIterator[Topic]:
    """The topic of a broker that stays up."""
    await ensure_topic(KafkaCluster(bootstrap=broker.url))
    consumer = AIOKafkaConsumer(
        bootstrap_servers=broker.url, auto_offset_reset="earliest", fetch_max_wait_ms=20
    )
    await consumer.start()
    try:
        consumer.assign([TopicPartition(KAFKA_TOPIC, number) for number in range(12)])
        yield Topic(consumer)
    finally:
        await consumer.stop()
