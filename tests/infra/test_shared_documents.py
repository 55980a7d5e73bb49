from infra.embedded.valkey import Valkey
from infra.redis_backend import connect_to_redis
from infra.shared_documents import RedisDocuments


async def test_a_document_kept_by_one_process_is_found_by_another(redis_url: str) -> None:
    first, second = connect_to_redis(redis_url), connect_to_redis(redis_url)
    try:
        await RedisDocuments(first).keep("ab" * 32, "{ viewer { näme } }")
        assert await RedisDocuments(second).find("ab" * 32) == "{ viewer { näme } }"
        assert await RedisDocuments(second).find("cd" * 32) is None
    finally:
        await first.aclose()
        await second.aclose()


async def test_while_redis_is_away_nothing_is_known_and_nothing_fails(
    private_valkey: Valkey,
) -> None:
    redis = connect_to_redis(private_valkey.url)
    await private_valkey.kill()
    try:
        await RedisDocuments(redis).keep("ab" * 32, "{ viewer { id } }")
        assert await RedisDocuments(redis).find("ab" * 32) is None
    finally:
        await redis.aclose()
