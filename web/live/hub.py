"""The live hub of one process: `domain.ports.LiveEvents` over the event log and pub/sub."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from contextvars import Context
from types import TracebackType
from typing import Self

from domain.errors import LimitExceeded, Unavailable
from domain.events import ProjectEvent, Resync
from domain.identifiers import ProjectId
from infra.backoff import Backoff
from infra.metrics import LIVE_FEEDS, LIVE_FOLLOWERS
from infra.telemetry.tracing import Tracing
from web.event_spans import delivering
from web.live.feed import Feed, expect_gaps
from web.live.paged_log import PagedLog
from web.live.sources import Hints, HubClosed, LiveLimits, Log

_LOG = logging.getLogger(__name__)


class LiveHub:
    """One feed per followed project, all of them checked against the log every second or so.

    Open while its context is; leaving it ends every follower with HubClosed.
    """

    def __init__(
        self,
        *,
        log: Log,
        hints: Hints,
        limits: LiveLimits | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        self._spans = delivering(tracing)
        self._limits = limits or LiveLimits()
        self._log = PagedLog(log, self._limits)
        self._hints = hints
        self._feed_by_project_id: dict[ProjectId, Feed] = {}
        self._follower_count = 0
        self._check_soon = asyncio.Event()
        self._urgent_until = 0.0
        self._tasks = asyncio.TaskGroup()
        self._running: set[asyncio.Task[None]] = set()
        self._is_running = False

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        expect_gaps()
        self._spawn(self._hints.run(on_restored=self._check_soon.set))
        self._spawn(self._watch())
        self._is_running = True
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_running = False
        for feed in self._feed_by_project_id.values():
            feed.close(HubClosed("live updates end here; connect again"))
        for task in self._running:
            task.cancel()
        self._feed_by_project_id.clear()
        LIVE_FEEDS.set(0)
        # The group wraps what the body raised; of that it only needs to know cancellation.
        if isinstance(exc, asyncio.CancelledError):
            await self._tasks.__aexit__(exc_type, exc, traceback)
        else:
            await self._tasks.__aexit__(None, None, None)

    @asynccontextmanager
    async def follow(
        self, project_id: ProjectId, *, after: int | None
    ) -> AsyncIterator[AsyncIterator[ProjectEvent | Resync]]:
        """Every event once and in order: from the next one, or first replayed after a seq.

        What can't be replayed is announced with a Resync, after which the stream goes on
        behind its cursor. Raises LimitExceeded when this process follows as many as it may,
        Unavailable when the log can't be read now, HubClosed when the process stops.
        """
        feed = self.hold(project_id)
        try:
            follower = await feed.join(after)
            try:
                yield follower
            finally:
                feed.leave(follower)
        finally:
            self.release(feed)

    def hold(self, project_id: ProjectId) -> Feed:
        """The project's feed, which stays until it is released.

        Raises LimitExceeded when this process follows as many as it may, HubClosed when it
        stops.
        """
        if not self._is_running:
            raise HubClosed("live updates end here; connect again")
        if self._follower_count >= self._limits.followers:
            raise LimitExceeded("This server has as many live subscriptions as it may.")
        feed = self._feed(project_id)
        feed.interest += 1
        self._count_followers(+1)
        return feed

    def release(self, feed: Feed) -> None:
        """Let go of a feed that was held."""
        self._count_followers(-1)
        feed.interest -= 1
        feed.idle_since = time.monotonic()

    def _feed(self, project_id: ProjectId) -> Feed:
        feed = self._feed_by_project_id.get(project_id)
        if feed is None:
            feed = self._feed_by_project_id[project_id] = Feed(
                project_id,
                log=self._log,
                hints=self._hints,
                limits=self._limits,
                spawn=self._spawn,
                on_missed=self._missed,
                spans=self._spans,
            )
            LIVE_FEEDS.set(len(self._feed_by_project_id))
        return feed

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        # What is done for all is in no request's trace.
        task = self._tasks.create_task(work, context=Context())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def _count_followers(self, change: int) -> None:
        self._follower_count += change
        LIVE_FOLLOWERS.set(self._follower_count)

    async def _watch(self) -> None:
        """Find what the hints lost, again and again."""
        backoff = Backoff(first=self._limits.check_seconds, longest=5.0)
        is_blind = False
        while True:
            await self._pause(backoff.next_delay() if is_blind else self._check_seconds)
            await self._close_idle_feeds()
            try:
                await self._check_feeds()
            except Unavailable as error:
                _LOG.warning("live updates are not checked against the log: %s", error)
                is_blind = True
            else:
                backoff.reset()
                is_blind = False

    @property
    def _check_seconds(self) -> float:
        if time.monotonic() < self._urgent_until:
            return self._limits.urgent_check_seconds
        return self._limits.check_seconds

    def _missed(self) -> None:
        is_news = time.monotonic() >= self._urgent_until
        self._urgent_until = time.monotonic() + self._limits.urgent_seconds
        if is_news:
            # The present pause was made for better times.
            self._check_soon.set()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._check_soon.wait()
        except TimeoutError:
            return
        finally:
            self._check_soon.clear()

    async def _check_feeds(self) -> None:
        seen_seq_by_project_id = {
            project_id: feed.last_seq
            for project_id, feed in self._feed_by_project_id.items()
            if feed.is_open
        }
        if not seen_seq_by_project_id:
            return
        positions = await self._log.positions(seen_seq_by_project_id.keys())
        for project_id, position in positions.items():
            feed = self._feed_by_project_id.get(project_id)
            if feed is not None:
                feed.check(position, seen_seq=seen_seq_by_project_id[project_id])

    async def _close_idle_feeds(self) -> None:
        oldest = time.monotonic() - self._limits.linger_seconds
        idle = [
            feed
            for feed in self._feed_by_project_id.values()
            if not feed.interest and feed.idle_since <= oldest
        ]
        for feed in idle:
            # Somebody may have come while another feed was being closed.
            if feed.interest:
                continue
            del self._feed_by_project_id[feed.project_id]
            feed.close(HubClosed("nobody follows the project"))
            LIVE_FEEDS.set(len(self._feed_by_project_id))
            await self._hints.unsubscribe(feed.project_id)
