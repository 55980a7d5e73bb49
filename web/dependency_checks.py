"""Whether Redis and Kafka answer, for /readyz and the gauges of those who depend on them."""

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # The relay asks for Kafka alone and has no client of Redis.
    from redis.asyncio import Redis


async def check_redis(redis: "Redis") -> None:
    """Raise unless Redis answers."""
    await redis.ping()


async def check_kafka(bootstrap: str) -> None:
    """Raise unless one of the brokers accepts a connection; no client of Kafka is needed for it."""
    failures = []
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        except OSError as error:
            failures.append(error)
        else:
            writer.close()
            return
    raise ExceptionGroup("no broker accepts a connection", failures)
