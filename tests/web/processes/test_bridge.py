import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from domain.events import ProjectEvent
from domain.identifiers import ProjectId
from infra.embedded.broker import Broker
from infra.embedded.valkey import Valkey
from infra.event_codec import decode_event
from infra.kafka import EventPublisher
from infra.kafka_cluster import KafkaCluster
from infra.kafka_consumer import EventConsumer
from infra.metrics import BRIDGE_SKIPPED_EVENTS
from infra.pubsub import ChannelPublisher
from tests.builders import new_id
from tests.builders.events import an_event
from web.processes.bridge import Bridge

pytestmark = pytest.mark.stack


@pytest.fixture
async def kafka(private_broker: Broker) -> AsyncIterator[EventPublisher]:
    async with EventPublisher(
        KafkaCluster(bootstrap=private_broker.url), is_idempotent=False
    ) as publisher:
        yield publisher


@asynccontextmanager
async def _a_bridge(broker: Broker, valkey: Valkey) -> AsyncIterator[None]:
    """A member of the group that has joined."""
    async with (
        EventConsumer(
            KafkaCluster(bootstrap=broker.url), group="bridge", fetch_max_wait_ms=20
        ) as consumer,
        ChannelPublisher(valkey.url) as publisher,
    ):
        task = asyncio.create_task(Bridge(consumer=consumer, publisher=publisher).run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})


@asynccontextmanager
async def _channels(valkey: Valkey) -> AsyncIterator[PubSub]:
    """Everything that is published for any project."""
    async with Redis.from_url(valkey.url) as client, client.pubsub() as pubsub:
        await pubsub.psubscribe("project:*")
        await pubsub.get_message(timeout=5)
        yield pubsub


async def _events(pubsub: PubSub, count: int) -> list[ProjectEvent]:
    events: list[ProjectEvent] = []
    async with asyncio.timeout(20):
        while len(events) < count:
            message = await pubsub.get_message(timeout=1)
            if message is not None:
                event = decode_event(message["data"])
                assert message["channel"].decode() == f"project:{event.project_id}"
                events.append(event)
    return events


async def _until_published(pubsub: PubSub, events: Sequence[ProjectEvent]) -> None:
    waiting = {event.id for event in events}
    while waiting:
        [event] = await _events(pubsub, 1)
        waiting.discard(event.id)


def _of_projects(count: int, each: int) -> list[ProjectEvent]:
    ids = [ProjectId(new_id()) for _ in range(count)]
    return [an_event(project_id=i, seq=seq) for seq in range(1, each + 1) for i in ids]


async def test_events_are_published_in_order_on_their_projects_channels(
    kafka: EventPublisher, private_broker: Broker, private_valkey: Valkey
) -> None:
    events = _of_projects(5, each=40)
    async with _channels(private_valkey) as channels, _a_bridge(private_broker, private_valkey):
        await kafka.publish(events)
        published = await _events(channels, 200)
    for event in events[:5]:
        seqs = [other.seq for other in published if other.project_id == event.project_id]
        assert seqs == list(range(1, 41))


async def test_several_bridges_share_the_projects_out(
    kafka: EventPublisher, private_broker: Broker, private_valkey: Valkey
) -> None:
    events = _of_projects(12, each=5)
    async with (
        _channels(private_valkey) as channels,
        _a_bridge(private_broker, private_valkey),
        _a_bridge(private_broker, private_valkey),
    ):
        await kafka.publish(events)
        # What one of them has read when the other comes is read again by who gets it then.
        await _until_published(channels, events)


async def test_while_redis_is_away_events_are_skipped_and_then_it_goes_on(
    kafka: EventPublisher, private_broker: Broker, private_valkey: Valkey
) -> None:
    lost, found = _of_projects(1, each=2)
    async with _a_bridge(private_broker, private_valkey):
        skipped = BRIDGE_SKIPPED_EVENTS._value.get()
        await private_valkey.kill()
        await kafka.publish([lost])
        async with asyncio.timeout(15):
            while BRIDGE_SKIPPED_EVENTS._value.get() == skipped:  # noqa: ASYNC110 - a counter is asked
                await asyncio.sleep(0.05)
        await private_valkey.start()
        async with _channels(private_valkey) as channels:
            await kafka.publish([found])
            assert await _events(channels, 1) == [found]
