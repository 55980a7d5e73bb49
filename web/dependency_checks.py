"""Whether what a process depends on answers, for its /readyz and its gauges."""

import asyncio

from redis.asyncio import Redis


async def check_redis(redis: Redis) -> None:
    """Raise unless Redis answers."""
    await redis.ping()


async def check_kafka(bootstrap: str) -> None:
    """Raise unless one of the brokers accepts a connection; this process has no client of it."""
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
