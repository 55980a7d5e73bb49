"""Who is at which project, on Redis: one hash per project and a channel that tells of changes.

The hash has a field `here:<user>:<process>` for everybody a process serves and `report:<user>`
for what they reported last. Each says until when it counts, by Redis's own clock. A script
changes the hash and announces it in one step; the announcement says nothing but "read again",
so one that is lost costs no more than the wait for the next look.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from itertools import islice
from types import TracebackType
from typing import Final, Self
from uuid import UUID, uuid4

from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.exceptions import RedisError

from domain.errors import Unavailable
from domain.identifiers import ProjectId, UserId
from domain.presence import PresentMember, ReportPresence
from infra.presence_scripts import HERE, LEAVE, READ, REPORT
from infra.pubsub import ProjectChannels
from infra.redis_backend import connect_to_redis, heed_cancellation
from infra.redis_sharded import connect_to_cluster, is_cluster

_LOG = logging.getLogger(__name__)

# With a look every three seconds, whoever vanishes is gone after 15 s at most.
LIFETIME_SECONDS: Final = 12.0
# Beyond, nobody reads the list; what it costs to keep has an end.
_FIELDS_MAX: Final = 1_000
_REDIS_SECONDS: Final = 1.0
# After a failure Redis is left alone for so long.
_AWAY_SECONDS: Final = 1.0


def channel_of(project_id: object) -> str:
    """The channel that tells of changes; on a cluster, on the node that has the hash."""
    return f"presence:{{{project_id}}}"


def _key_of(project_id: ProjectId) -> str:
    return f"taskwire:presence:{{{project_id}}}"


class RedisPresence:
    """What all processes know together. Every call raises Unavailable while Redis is away."""

    def __init__(self, redis_url: str, *, lifetime_seconds: float = LIFETIME_SECONDS) -> None:
        self._redis_url = redis_url
        self._lifetime_ms = round(lifetime_seconds * 1000)
        self._process = uuid4().hex
        self._client = connect_to_redis(redis_url)
        self._cluster: RedisCluster | None = None
        self._has_looked = False
        self._away_until = 0.0
        self._channels = ProjectChannels(redis_url, channel_of=channel_of)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._cluster is not None:
            await self._cluster.aclose()
        await self._client.aclose()

    async def subscribe(self, project_id: ProjectId, receive: Callable[[str], None]) -> None:
        """Call `receive` whenever the project is to be read again."""
        await self._channels.subscribe(project_id, receive)

    async def unsubscribe(self, project_id: ProjectId) -> None:
        """Stop that."""
        await self._channels.unsubscribe(project_id)

    async def run(self, *, on_restored: Callable[[], None]) -> None:
        """Listen until cancelled; call back whenever announcements may have been lost."""
        await self._channels.run(on_restored=on_restored)

    async def keep(
        self, project_id: ProjectId, since_by_user_id: Mapping[UserId, datetime]
    ) -> None:
        """Let these be there for another while; whoever is new came at the instant told."""
        values = [
            word
            for user_id, since in islice(since_by_user_id.items(), _FIELDS_MAX)
            for word in (self._field(user_id), str(round(since.timestamp() * 1000)))
        ]
        await self._run(HERE, project_id, _FIELDS_MAX, *values)

    async def leave(self, project_id: ProjectId, user_ids: Collection[UserId]) -> None:
        """Let these be there no longer, unless another process serves them too."""
        await self._run(
            LEAVE,
            project_id,
            *(word for user_id in user_ids for word in (self._field(user_id), str(user_id))),
        )

    async def report(self, user_id: UserId, report: ReportPresence, *, anew: bool = False) -> None:
        """Take what somebody does; `anew`, only if nothing is known of it, as after a restart."""
        await self._run(
            REPORT,
            ProjectId(report.project_id),
            _FIELDS_MAX,
            str(user_id),
            str(report.task_id or ""),
            str(report.dragged_task_id or ""),
            "1" if anew else "",
        )

    async def read(self, project_id: ProjectId) -> tuple[PresentMember, ...]:
        """Who is there, in the order in which they came."""
        found = await self._run(READ, project_id)
        members = [_member(row.decode()) for row in found]
        return tuple(sorted(members, key=lambda member: (member.since, member.user_id)))

    def _field(self, user_id: UserId) -> str:
        return f"here:{user_id}:{self._process}"

    async def _run(self, script: str, project_id: ProjectId, *words: str | int) -> list[bytes]:
        """The script's answer."""
        if time.monotonic() < self._away_until:
            raise Unavailable("Redis was away a moment ago.")
        try:
            async with asyncio.timeout(_REDIS_SECONDS):
                await self._look()
                client: Redis | RedisCluster = self._cluster or self._client
                publish = "PUBLISH" if self._cluster is None else "SPUBLISH"
                keys = (_key_of(project_id), channel_of(project_id))
                answer: list[bytes] = await heed_cancellation(
                    client.eval(script, 2, *keys, publish, str(self._lifetime_ms), *map(str, words))
                )
        except (RedisError, OSError) as error:
            self._away_until = time.monotonic() + _AWAY_SECONDS
            _LOG.info("presence is not shared, Redis is away: %s", type(error).__name__)
            raise Unavailable(f"Redis is away: {type(error).__name__}") from error
        return answer

    async def _look(self) -> None:
        """Find out once what kind of server it is."""
        if not self._has_looked:
            if await is_cluster(self._client):
                self._cluster = connect_to_cluster(self._redis_url)
            self._has_looked = True


def _member(row: str) -> PresentMember:
    user, since, task, dragged = row.split(" ")
    return PresentMember(
        user_id=UserId(UUID(user)),
        task_id=UUID(task) if task else None,
        dragged_task_id=UUID(dragged) if dragged else None,
        since=datetime.fromtimestamp(int(since) / 1000, UTC),
    )
