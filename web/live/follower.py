"""One reader of a project's events."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Protocol, Self

from domain.errors import Unavailable
from domain.events import Cursor, ProjectEvent, Resync, ResyncReason
from domain.identifiers import ProjectId
from infra.backoff import Backoff
from infra.metrics import LIVE_RESYNCS
from web.live.sources import LiveLimits


class Tail(Protocol):
    """The feed as its followers see it."""

    project_id: ProjectId

    @property
    def last_seq(self) -> int:
        """The newest event that was offered to every follower."""
        ...

    async def read_page(self, after: int) -> Sequence[ProjectEvent]:
        """The next retained events from the log; raise Unavailable while it can't be read."""
        ...


class Follower:
    """An iterator over every event behind `position`, once and in order.

    It is either live, when it has buffered everything up to the feed's `last_seq` and
    is offered what follows, or behind, when it reads from the log at its reader's own
    pace and is offered nothing. So replay, overflow and a cut log are one mechanism,
    and a reader that does not come back costs its full buffer and no more.

    One task at a time may iterate.
    """

    def __init__(
        self, tail: Tail, *, position: int, limits: LiveLimits, has_overflowed: bool = False
    ) -> None:
        """`has_overflowed` tells that a reader has come this far and was too slow to go on."""
        self._tail = tail
        self._limits = limits
        # The newest event that was put into the buffer.
        self._position = position
        self._is_behind = position < tail.last_seq
        self._has_overflowed = has_overflowed
        self._buffer: deque[ProjectEvent | Resync] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._ending: Exception | None = None
        self._backoff = Backoff(first=0.1, longest=2.0)

    @property
    def position(self) -> int:
        """The newest event that was taken, or is about to be."""
        return self._position

    @property
    def is_caught_up(self) -> bool:
        """Whether everything that the feed has delivered has been taken."""
        return not (self._is_behind or self._buffer or self._ending)

    def offer(self, event: ProjectEvent) -> None:
        """Take the feed's next event if it is new and there is room; never waits."""
        if self._is_behind or event.seq <= self._position:
            return
        if len(self._buffer) >= self._limits.queue_events:
            self._is_behind = self._has_overflowed = True
            return
        self._buffer.append(event)
        self._position = event.seq
        self._wake()

    def resync(self, reason: ResyncReason) -> None:
        """Announce that the state has to be read again, and go on live from the feed's end."""
        seq = self._tail.last_seq
        # The state will hold what these events tell.
        self._buffer.clear()
        self._buffer.append(
            Resync(reason=reason, cursor=Cursor(project_id=self._tail.project_id, seq=seq))
        )
        self._position = seq
        self._is_behind = self._has_overflowed = False
        LIVE_RESYNCS.labels(reason.value).inc()
        self._wake()

    def end(self, error: Exception) -> None:
        """Make the iteration raise the error from now on."""
        self._ending = error
        self._wake()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ProjectEvent | Resync:
        while True:
            if self._ending is not None:
                raise self._ending
            if self._buffer:
                return self._buffer.popleft()
            if self._is_behind:
                await self._catch_up()
            else:
                await self._wait(None)

    async def take(self, limit: int) -> list[ProjectEvent | Resync]:
        """The next updates that are there, at least one."""
        taken = [await anext(self)]
        while self._buffer and len(taken) < limit and self._ending is None:
            taken.append(self._buffer.popleft())
        return taken

    async def _catch_up(self) -> None:
        """Buffer one page from the log; the buffer is empty."""
        lag = self._tail.last_seq - self._position
        if self._has_overflowed and lag > self._limits.lag_events:
            self.resync(ResyncReason.SLOW_CONSUMER)
            return
        start = self._position
        try:
            page = await self._tail.read_page(start)
        except Unavailable:
            await self._wait(self._backoff.next_delay())
            return
        self._backoff.reset()
        # While the page was read, the feed may have told everyone to start over.
        if self._position != start or not self._is_behind:
            return
        if not continues(page, start):
            self.resync(ResyncReason.CURSOR_EXPIRED)
            return
        self._buffer.extend(page)
        self._position = page[-1].seq
        # No await since the comparison's left side was read: from here on offers fit.
        if self._position >= self._tail.last_seq:
            self._is_behind = self._has_overflowed = False

    async def _wait(self, seconds: float | None) -> None:
        """Return when something happened to this follower, or after the seconds."""
        waiter = self._waiter = asyncio.get_running_loop().create_future()
        try:
            # Bounded by the feed, which ends its followers; asyncio.wait would cost twice as much.
            await (waiter if seconds is None else asyncio.wait({waiter}, timeout=seconds))
        finally:
            # A reader that was cancelled may end after the next one has begun to wait.
            if self._waiter is waiter:
                self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def continues(events: Sequence[ProjectEvent], seq: int) -> bool:
    """Whether ascending events go on right behind `seq` without a gap."""
    return bool(events) and events[0].seq == seq + 1 and events[-1].seq == seq + len(events)
