"""Registered documents in Redis, for all web processes."""

import logging
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from infra.redis_backend import heed_cancellation

_LOG = logging.getLogger(__name__)

_PREFIX: Final = "taskwire:document:"
# A client registers again when it must, which costs one round trip.
_LIFETIME_SECONDS: Final = 24 * 3600


class RedisDocuments:
    """`web.persisted_documents.SharedDocuments` in Redis; knows nothing while it is away."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def find(self, document_hash: str) -> str | None:
        """The document, or None if it is not known."""
        try:
            found = await heed_cancellation(self._redis.get(_PREFIX + document_hash))
        except (RedisError, OSError) as error:
            _LOG.info("documents are not shared, Redis is away: %s", type(error).__name__)
            return None
        return found.decode() if isinstance(found, bytes) else found

    async def keep(self, document_hash: str, document: str) -> None:
        """Remember the document for a day."""
        try:
            await heed_cancellation(
                self._redis.set(_PREFIX + document_hash, document, ex=_LIFETIME_SECONDS)
            )
        except (RedisError, OSError) as error:
            _LOG.info("documents are not shared, Redis is away: %s", type(error).__name__)
