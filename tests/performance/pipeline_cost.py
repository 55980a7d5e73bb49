"""What an event costs the relay and the bridge: `python -m tests.performance.pipeline_cost`."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias

from infra.kafka import EventPublisher
from infra.kafka_cluster import KafkaCluster
from infra.kafka_consumer import EventConsumer
from infra.metrics import BRIDGE_EVENTS
from infra.pubsub import ChannelPublisher
from persistence.database import Database
from persistence.event_append import EVENTS_CHANNEL
from persistence.leases import LEASES_CHANNEL
from persistence.migration import upgrade
from persistence.outbox import Outbox
from persistence.wakeup import Wakeup
from tests.builders.events import a_written_project
from tests.builders.relays import relay_shares
from tests.services import a_broker, a_postgres, a_valkey
from web.processes.bridge import Bridge
from web.processes.relay import Relay

EVENTS: Final = 10_000
_PROJECTS: Final = 50
_SECONDS_MAX: Final = 120.0
_POLL_SECONDS: Final = 0.02

IsDone: TypeAlias = Callable[[], Awaitable[bool]]


async def _measure(what: str, work: Coroutine[None, None, None], is_done: IsDone) -> None:
    """Print what this process spends on the work until it is done."""
    started_at, spent = time.perf_counter(), time.process_time()
    task = asyncio.create_task(work)
    while not await is_done():  # noqa: ASYNC110 - counters and tables are asked
        await asyncio.sleep(_POLL_SECONDS)
    spent, seconds = time.process_time() - spent, time.perf_counter() - started_at
    task.cancel()
    await asyncio.wait({task})
    print(f"{what}: {1e6 * spent / EVENTS:.0f} µs of CPU an event, {EVENTS / seconds:.0f} a second")


async def _fill(database: Database) -> None:
    for _ in range(_PROJECTS):
        project = await a_written_project(database)
        await project.write(EVENTS // _PROJECTS)


async def main() -> None:
    """Print both."""
    async with AsyncExitStack() as stack, asyncio.timeout(_SECONDS_MAX):
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="taskwire-pipeline-")))
        postgres = await stack.enter_async_context(a_postgres(directory))
        valkey = await stack.enter_async_context(a_valkey(directory))
        broker = await stack.enter_async_context(a_broker(directory))
        await asyncio.to_thread(upgrade, postgres.url)
        database = await stack.enter_async_context(Database(postgres.url, pool_size=4))
        await _fill(database)
        consumer = await stack.enter_async_context(
            EventConsumer(
                KafkaCluster(bootstrap=broker.url), group="measured", fetch_max_wait_ms=20
            )
        )
        publisher = await stack.enter_async_context(
            EventPublisher(KafkaCluster(bootstrap=broker.url), is_idempotent=False)
        )
        outbox = Outbox(database)
        relay = Relay(
            outbox=outbox,
            shares=relay_shares(database, duration=timedelta(seconds=30)),
            publisher=publisher,
            wakeup=Wakeup(database, EVENTS_CHANNEL, LEASES_CHANNEL),
        )

        async def is_relayed() -> bool:
            return not (await outbox.lag()).events

        async def is_bridged() -> bool:
            return bool(BRIDGE_EVENTS._value.get() >= EVENTS)

        await _measure("relay", relay.run(), is_relayed)
        channels = await stack.enter_async_context(ChannelPublisher(valkey.url))
        await _measure("bridge", Bridge(consumer=consumer, publisher=channels).run(), is_bridged)


if __name__ == "__main__":
    asyncio.run(main())
