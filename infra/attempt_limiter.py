"""Counting failed sign-ins in Redis, and in this process while Redis is away."""

import asyncio
import hashlib
import ipaddress
import logging
import time
from collections.abc import Callable, Mapping
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.accounts import RateLimited
from infra.metrics import RATE_LIMITED

_LOG = logging.getLogger(__name__)

# The metric's label.
_LIMIT: Final = "login"
WINDOW_SECONDS: Final = 300
# Somebody who has forgotten a password has given up by then.
FAILURES_PER_EMAIL: Final = 10
# More: an office may share one address.
FAILURES_PER_ADDRESS: Final = 50
# A sign-in should not feel that Redis is away.
_REDIS_TIMEOUT_SECONDS: Final = 0.5
# A flood of made-up addresses must not fill the memory.
_COUNTED_IN_PROCESS_MAX: Final = 20_000
# An IPv6 customer owns at least a /64 and can change addresses in it at will.
_IPV6_CUSTOMER_BITS: Final = 64


class MemoryAttempts:
    """`domain.accounts.AttemptLimiter` for one process, with bounded memory."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        # key → (attempts, end of the window); the oldest windows come first.
        self._windows: dict[str, tuple[int, float]] = {}

    async def admit(self, *, email: str, client_address: str) -> None:
        """Count an attempt before it is made; raise RateLimited when there were too many."""
        now = self._monotonic()
        waits = [0.0]
        for key, limit in _limits(email, client_address).items():
            count, end = self._windows.get(key, (0, 0.0))
            if end <= now:
                self._windows.pop(key, None)
                self._make_room()
                count, end = 0, now + WINDOW_SECONDS
            self._windows[key] = (count + 1, end)
            if count >= limit:
                waits.append(end - now)
        _refuse(max(waits))

    async def forgive(self, *, email: str, client_address: str) -> None:
        """Take back the count of an attempt that succeeded."""
        for key in _limits(email, client_address):
            if key in self._windows:
                count, end = self._windows[key]
                self._windows[key] = (max(0, count - 1), end)

    def _make_room(self) -> None:
        while len(self._windows) >= _COUNTED_IN_PROCESS_MAX:
            del self._windows[next(iter(self._windows))]


class RedisAttempts:
    """`domain.accounts.AttemptLimiter` shared by all processes through Redis."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._fallback = MemoryAttempts()
        # An increase from nothing would not show.
        RATE_LIMITED.labels(_LIMIT)
        self._is_away = False

    async def admit(self, *, email: str, client_address: str) -> None:
        """Count an attempt before it is made; raise RateLimited when there were too many."""
        limits = _limits(email, client_address)
        replies = await self._count(list(limits), 1)
        if replies is None:
            await self._fallback.admit(email=email, client_address=client_address)
            return
        waits = [
            wait_ms / 1000
            for limit, (count, wait_ms) in zip(limits.values(), replies, strict=True)
            if count > limit
        ]
        _refuse(max(waits, default=0.0))

    async def forgive(self, *, email: str, client_address: str) -> None:
        """Take back the count of an attempt that succeeded."""
        if await self._count(list(_limits(email, client_address)), -1) is None:
            await self._fallback.forgive(email=email, client_address=client_address)

    async def _count(self, keys: list[str], change: int) -> list[tuple[int, int]] | None:
        """Each key's count and the milliseconds its window has left; None with Redis away."""
        try:
            async with asyncio.timeout(_REDIS_TIMEOUT_SECONDS):
                pipeline = self._redis.pipeline(transaction=False)
                for key in keys:
                    pipeline.incrby(key, change)
                    pipeline.expire(key, WINDOW_SECONDS, nx=True)
                    pipeline.pttl(key)
                replies = await pipeline.execute()
        except (RedisError, OSError, TimeoutError) as error:
            if not self._is_away:
                _LOG.warning("sign-ins are counted in this process alone: %r", error)
            self._is_away = True
            return None
        self._is_away = False
        return list(zip(replies[::3], replies[2::3], strict=True))


def _refuse(wait_seconds: float) -> None:
    if wait_seconds > 0:
        RATE_LIMITED.labels(_LIMIT).inc()
        raise RateLimited(retry_after_seconds=int(wait_seconds) + 1)


def _limits(email: str, client_address: str) -> Mapping[str, int]:
    """The limit of each counter. Keys are hashed: Redis has no need to know who signs in."""
    return {
        _key("email", email): FAILURES_PER_EMAIL,
        _key("address", _customer(client_address)): FAILURES_PER_ADDRESS,
    }


def _key(kind: str, value: str) -> str:
    digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
    return f"taskwire:attempts:{kind}:{digest[:32]}"


def _customer(client_address: str) -> str:
    try:
        address = ipaddress.ip_address(client_address)
    except ValueError:
        return client_address
    if isinstance(address, ipaddress.IPv4Address):
        return client_address
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), _IPV6_CUSTOMER_BITS), strict=False))
