"""Encoded answers in this process's memory, and behind it in Redis for all processes."""

import asyncio
import logging
import time
from collections import OrderedDict
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from infra.metrics import SNAPSHOT_REQUESTS
from infra.redis_backend import heed_cancellation

_LOG = logging.getLogger(__name__)

_PREFIX: Final = "taskwire:board:"
# A board that nobody changes is read again this often at most.
_LIFETIME_SECONDS: Final = 600
# A board of 300 tasks takes 100 KB.
_MEMORY_BYTES: Final = 32 * 1024 * 1024
_ANSWER_BYTES_MAX: Final = 2 * 1024 * 1024
# An answer is worth less than the wait for a Redis that hangs.
_REDIS_SECONDS: Final = 0.25
# After a failure Redis is left alone for so long.
_AWAY_SECONDS: Final = 5.0


class SharedSnapshots:
    """`graph.board_snapshots.SnapshotStore`; goes on with its own memory while Redis is away.

    `version` tells apart what other versions of the program answered.
    """

    def __init__(self, redis: Redis, *, version: str) -> None:
        self._redis = redis
        self._prefix = f"{_PREFIX}{version}:"
        self._answers: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._away_until = 0.0

    async def find(self, key: str) -> bytes | None:
        """The answer, or None if it is not known."""
        known = self._answers.get(key)
        if known is not None:
            self._answers.move_to_end(key)
            return known
        if self._is_away():
            self.count("bypass")
            return None
        try:
            async with asyncio.timeout(_REDIS_SECONDS):
                found = await heed_cancellation(self._redis.get(self._prefix + key))
        except (RedisError, OSError) as error:
            self._note_away(error)
            return None
        if not isinstance(found, bytes):
            return None
        self._remember(key, found)
        return found

    async def keep(self, key: str, answer: bytes) -> None:
        """Remember the answer, as long as there is room."""
        if len(answer) > _ANSWER_BYTES_MAX:
            return
        self._remember(key, answer)
        if self._is_away():
            return
        try:
            async with asyncio.timeout(_REDIS_SECONDS):
                await heed_cancellation(
                    self._redis.set(self._prefix + key, answer, ex=_LIFETIME_SECONDS)
                )
        except (RedisError, OSError) as error:
            self._note_away(error)

    def count(self, outcome: str) -> None:
        """Count a request by what became of it."""
        SNAPSHOT_REQUESTS.labels(outcome).inc()

    def _remember(self, key: str, answer: bytes) -> None:
        self._bytes += len(answer) - len(self._answers.pop(key, b""))
        self._answers[key] = answer
        while self._bytes > _MEMORY_BYTES:
            _, forgotten = self._answers.popitem(last=False)
            self._bytes -= len(forgotten)

    def _is_away(self) -> bool:
        return time.monotonic() < self._away_until

    def _note_away(self, error: Exception) -> None:
        self._away_until = time.monotonic() + _AWAY_SECONDS
        _LOG.info("snapshots are not shared, Redis is away: %s", type(error).__name__)
