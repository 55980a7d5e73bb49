"""Counting failed sign-ins in Valkey, and in the process while it is away."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from domain.accounts import RateLimited
from infra.attempt_limiter import (
    FAILURES_PER_ADDRESS,
    FAILURES_PER_EMAIL,
    WINDOW_SECONDS,
    MemoryAttempts,
    RedisAttempts,
)
from infra.redis_backend import connect_to_redis

Limiter = MemoryAttempts | RedisAttempts


class HandClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as made:
        await made.flushdb()
        yield made


@pytest.fixture(params=["redis", "memory", "redis away"])
async def limiter(request: pytest.FixtureRequest, redis: Redis) -> AsyncIterator[Limiter]:
    async with connect_to_redis("redis://127.0.0.1:9") as nowhere:
        limiter_by_name: dict[str, Limiter] = {
            "redis": RedisAttempts(redis),
            "memory": MemoryAttempts(),
            "redis away": RedisAttempts(nowhere),
        }
        yield limiter_by_name[request.param]


async def _fail(limiter: Limiter, times: int, email: str = "a@b.c", address: str = "x") -> None:
    for _ in range(times):
        await limiter.admit(email=email, client_address=address)


async def test_an_account_is_closed_after_its_failures_wherever_they_come_from(
    limiter: Limiter,
) -> None:
    for number in range(FAILURES_PER_EMAIL):
        await limiter.admit(email="a@b.c", client_address=f"192.0.2.{number}")
    with pytest.raises(RateLimited) as refusal:
        await limiter.admit(email="a@b.c", client_address="198.51.100.1")
    assert 0 < refusal.value.retry_after_seconds <= WINDOW_SECONDS + 1
    await limiter.admit(email="other@b.c", client_address="198.51.100.1")


async def test_an_address_is_closed_after_its_failures_whoever_they_name(
    limiter: Limiter,
) -> None:
    for number in range(FAILURES_PER_ADDRESS):
        await limiter.admit(email=f"{number}@b.c", client_address="192.0.2.1")
    with pytest.raises(RateLimited):
        await limiter.admit(email="new@b.c", client_address="192.0.2.1")
    await limiter.admit(email="new@b.c", client_address="192.0.2.2")


async def test_what_succeeds_does_not_count(limiter: Limiter) -> None:
    for _ in range(FAILURES_PER_ADDRESS * 2):
        await limiter.admit(email="a@b.c", client_address="192.0.2.1")
        await limiter.forgive(email="a@b.c", client_address="192.0.2.1")


async def test_one_ipv6_customer_is_one_address(limiter: Limiter) -> None:
    for number in range(FAILURES_PER_ADDRESS):
        await limiter.admit(email=f"{number}@b.c", client_address=f"2001:db8:1:2::{number:x}")
    with pytest.raises(RateLimited):
        await limiter.admit(email="new@b.c", client_address="2001:db8:1:2:ffff::1")
    await limiter.admit(email="new@b.c", client_address="2001:db8:1:3::1")
    await limiter.admit(email="new@b.c", client_address="::ffff:192.0.2.1")


async def test_the_window_in_redis_ends(redis: Redis) -> None:
    limiter = RedisAttempts(redis)
    await _fail(limiter, FAILURES_PER_EMAIL)
    keys = await redis.keys("taskwire:attempts:*")
    assert len(keys) == 2
    for key in keys:
        assert 0 < await redis.ttl(key) <= WINDOW_SECONDS
        assert b"a@b.c" not in key


async def test_processes_share_the_counts(redis: Redis) -> None:
    await _fail(RedisAttempts(redis), FAILURES_PER_EMAIL)
    with pytest.raises(RateLimited):
        await _fail(RedisAttempts(redis), 1)


async def test_a_window_in_memory_ends() -> None:
    clock = HandClock()
    limiter = MemoryAttempts(monotonic=clock)
    await _fail(limiter, FAILURES_PER_EMAIL)
    clock.seconds = WINDOW_SECONDS - 1
    with pytest.raises(RateLimited) as refusal:
        await _fail(limiter, 1)
    assert refusal.value.retry_after_seconds == 2
    clock.seconds = WINDOW_SECONDS
    await _fail(limiter, FAILURES_PER_EMAIL)


async def test_the_memory_of_one_process_is_bounded() -> None:
    limiter = MemoryAttempts()
    for number in range(21_000):
        await limiter.admit(email=str(number), client_address=f"host {number}")
    assert len(limiter._windows) <= 20_000


async def test_redis_going_away_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    async with connect_to_redis("redis://127.0.0.1:9") as nowhere:
        limiter = RedisAttempts(nowhere)
        await _fail(limiter, 3)
    assert caplog.text.count("counted in this process alone") == 1
