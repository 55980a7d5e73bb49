import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from domain.events import FieldChange, ProjectEvent
from domain.field_rules import DESCRIPTION_CHARACTERS
from domain.identifiers import ProjectId
from infra.embedded.broker import Broker
from infra.event_codec import decode_event, encode_event
from infra.kafka import EventPublisher, ensure_topic
from infra.kafka_cluster import KafkaCluster
from infra.kafka_consumer import EventConsumer
from infra.settings import KAFKA_TOPIC
from tests.builders import TRACE_PARENT, new_id
from tests.builders.events import an_event
from tests.services import frozen

pytestmark = pytest.mark.stack

_Record = ConsumerRecord[bytes, bytes]


@pytest.fixture
async def publisher(private_broker: Broker) -> AsyncIterator[EventPublisher]:
    async with EventPublisher(
        KafkaCluster(bootstrap=private_broker.url), is_idempotent=False
    ) as publisher:
        yield publisher


def _events(projects: int, each: int) -> list[ProjectEvent]:
    ids = [ProjectId(new_id()) for _ in range(projects)]
    return [
        an_event(project_id=project_id, seq=seq) for seq in range(1, each + 1) for project_id in ids
    ]


async def _read(broker: Broker, count: int) -> list[_Record]:
    """The first records of the topic, each partition's in order."""
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.url, auto_offset_reset="earliest")
    records: list[_Record] = []
    await consumer.start()
    try:
        consumer.assign([TopicPartition(KAFKA_TOPIC, number) for number in range(12)])
        async with asyncio.timeout(10):
            while len(records) < count:
                batches = await consumer.getmany(timeout_ms=100)
                records += [record for batch in batches.values() for record in batch]
    finally:
        await consumer.stop()
    return records


def _of(project_id: ProjectId, records: Sequence[_Record]) -> list[int]:
    return [
        decode_event(record.value).seq
        for record in records
        if record.value is not None and record.key == str(project_id).encode()
    ]


def _consumer(broker: Broker, group: str) -> EventConsumer:
    return EventConsumer(KafkaCluster(bootstrap=broker.url), group=group, fetch_max_wait_ms=20)


async def test_each_projects_events_arrive_in_order_keyed_by_it_with_their_trace(
    private_broker: Broker, publisher: EventPublisher
) -> None:
    events = _events(projects=20, each=10)
    publication = await publisher.publish(events)
    assert publication.failure is None
    assert sorted(publication.acknowledged) == list(range(200))
    records = await _read(private_broker, 200)
    for event in events[:20]:
        assert _of(event.project_id, records) == list(range(1, 11))
    assert all(record.headers == (("traceparent", TRACE_PARENT.encode()),) for record in records)
    assert len({record.partition for record in records}) > 4


async def test_more_than_one_batch_to_a_partition_stays_in_order(
    private_broker: Broker, publisher: EventPublisher
) -> None:
    events = _events(projects=1, each=2000)
    publication = await publisher.publish(events)
    assert publication.acknowledged == list(range(2000))
    assert _of(events[0].project_id, await _read(private_broker, 2000)) == list(range(1, 2001))


async def test_the_largest_change_there_can_be_fits_into_a_message(
    private_broker: Broker, publisher: EventPublisher
) -> None:
    # Six bytes of JSON each, which makes more than the megabyte a broker takes.
    description = "\x01" * DESCRIPTION_CHARACTERS
    change = FieldChange(field="description", before=description, after=description[::-1])
    event = replace(an_event(), changes=(change,))
    assert len(encode_event(event)) > 1_048_576
    assert (await publisher.publish([event])).failure is None
    [record] = await _read(private_broker, 1)
    assert decode_event(record.value or b"") == event


async def test_a_broker_that_comes_back_without_its_topics_gets_the_events_in_order(
    private_broker: Broker, publisher: EventPublisher
) -> None:
    events = _events(projects=3, each=5)
    assert (await publisher.publish(events)).failure is None
    await private_broker.kill()
    publication = await publisher.publish(events)
    assert publication.failure is not None
    assert not publication.acknowledged
    await private_broker.start()
    publication = await publisher.publish(events)
    assert publication.failure is None
    records = await _read(private_broker, 15)
    for event in events[:3]:
        assert _of(event.project_id, records) == [1, 2, 3, 4, 5]


async def test_events_soon_go_to_the_partitions_that_a_broker_without_its_topics_has_made(
    private_broker: Broker, publisher: EventPublisher
) -> None:
    assert (await publisher.publish(_events(projects=1, each=1))).failure is None
    await private_broker.kill()
    await private_broker.start()
    # Whoever asks for the topic first makes the broker create it, with its own count of partitions.
    async with AIOKafkaConsumer(
        KAFKA_TOPIC, bootstrap_servers=private_broker.url, auto_offset_reset="earliest"
    ) as consumer:
        assert len(consumer.assignment()) < 12
        async with asyncio.timeout(40):
            while not await _all_arrive(consumer, publisher, _events(projects=20, each=1)):
                pass


async def _all_arrive(
    consumer: AIOKafkaConsumer, publisher: EventPublisher, events: Sequence[ProjectEvent]
) -> bool:
    """Whether the consumer gets all of the events that it is sent."""
    waiting = {event.id for event in events}
    await publisher.publish(events)
    while batches := await consumer.getmany(timeout_ms=500):
        for records in batches.values():
            waiting -= {decode_event(record.value or b"").id for record in records}
    return not waiting


async def test_a_frozen_broker_fails_the_events_in_bounded_time(
    private_broker: Broker, publisher: EventPublisher
) -> None:
    events = _events(projects=1, each=1)
    assert (await publisher.publish(events)).failure is None
    await frozen(private_broker)
    async with asyncio.timeout(12):
        publication = await publisher.publish(events)
    assert publication.failure is not None
    private_broker.resume()
    assert (await publisher.publish(events)).failure is None


async def test_the_topic_is_created_once_with_its_partitions(private_broker: Broker) -> None:
    await ensure_topic(KafkaCluster(bootstrap=private_broker.url))
    await ensure_topic(KafkaCluster(bootstrap=private_broker.url))
    consumer = AIOKafkaConsumer(bootstrap_servers=private_broker.url)
    await consumer.start()
    await consumer.topics()
    assert consumer.partitions_for_topic(KAFKA_TOPIC) == set(range(12))
    await consumer.stop()


async def test_a_member_reads_what_is_sent_once_it_has_joined_and_commits_it(
    private_broker: Broker, publisher: EventPublisher
) -> None:
    async with _consumer(private_broker, str(uuid4())) as consumer:
        [event] = _events(projects=1, each=1)
        await publisher.publish([event])
        [record] = await _fetch(consumer)
        assert decode_event(record.value or b"") == event
        await consumer.commit()
        place = TopicPartition(KAFKA_TOPIC, record.partition)
        assert await consumer._running().committed(place) == record.offset + 1


async def test_a_consumer_starts_over_when_the_broker_lost_what_was_read(
    private_broker: Broker, publisher: EventPublisher
) -> None:
    events = _events(projects=1, each=40)
    async with _consumer(private_broker, str(uuid4())) as consumer:
        await publisher.publish(events)
        await _fetch(consumer)
        await private_broker.kill()
        await private_broker.start()
        await _published(publisher, events[:2])
        async with asyncio.timeout(20):
            while not await consumer.rewind_replaced_partitions():
                await consumer.fetch(limit=10, wait_seconds=0.1)
        records = await _fetch(consumer)
        assert [decode_event(record.value or b"") for record in records] == events[:2]


async def test_who_joins_a_group_loses_nothing_of_what_its_other_members_had_to_read(
    private_broker: Broker, publisher: EventPublisher
) -> None:
    group = str(uuid4())
    async with _consumer(private_broker, group) as first:
        events = _events(projects=12, each=2)
        assert (await publisher.publish(events)).failure is None
        async with _consumer(private_broker, group) as second:
            read = await _fetched((first, second), len(events))
    assert sorted(event.id for event in read) == sorted(event.id for event in events)


async def _fetched(members: Sequence[EventConsumer], count: int) -> list[ProjectEvent]:
    """What the members of a group fetch, until they have so many together."""
    events: list[ProjectEvent] = []
    async with asyncio.timeout(20):
        while len(events) < count:
            for member in members:
                records = await member.fetch(limit=count, wait_seconds=0.1)
                events += [decode_event(record.value or b"") for record in records]
    return events


async def _fetch(consumer: EventConsumer) -> Sequence[_Record]:
    async with asyncio.timeout(20):
        while not (records := await consumer.fetch(limit=100, wait_seconds=0.2)):
            pass
    return records


async def _published(publisher: EventPublisher, events: Sequence[ProjectEvent]) -> None:
    async with asyncio.timeout(20):
        while (await publisher.publish(events)).failure is not None:
            pass
