"""The live tail of one project, shared by its followers."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Final

from domain.errors import Unavailable
from domain.events import ProjectEvent, ResyncReason
from domain.identifiers import ProjectId
from infra.backoff import Backoff
from infra.event_codec import MalformedEvent, decode_event
from infra.metrics import LIVE_GAPS, LIVE_LATENCY_SECONDS, LIVE_RESYNCS
from persistence.event_log import LogPosition
from web.event_spans import DeliverySpans, delivering
from web.live.follower import Follower
from web.live.paged_log import PagedLog
from web.live.sources import Hints, LiveLimits

_LOG = logging.getLogger(__name__)

_BY_EVENT: Final = "event"
_BY_WATCHDOG: Final = "watchdog"

Spawn = Callable[[Coroutine[None, None, None]], object]


def expect_gaps() -> None:
    """Show what followers may miss at zero: an increase from nothing would not show."""
    for noticed_by in (_BY_EVENT, _BY_WATCHDOG):
        LIVE_GAPS.labels(noticed_by)
    for reason in ResyncReason:
        LIVE_RESYNCS.labels(reason.value)


class Feed:
    """Delivers each event behind `last_seq` once, in order, to all followers.

    Whatever the hints leave out is read from the log, by one task at a time.
    """

    def __init__(  # noqa: PLR0913 - one for each thing a feed depends on
        self,
        project_id: ProjectId,
        *,
        log: PagedLog,
        hints: Hints,
        limits: LiveLimits,
        spawn: Spawn,
        on_missed: Callable[[], None] = lambda: None,
        spans: DeliverySpans | None = None,
    ) -> None:
        """`on_missed` is called when the log has what no hint has told of in time."""
        self.project_id = project_id
        self._spans = spans or delivering(None)
        self.is_open = False
        # Followers and those about to be; the feed is needed while there are any.
        self.interest = 0
        self.idle_since = time.monotonic()
        self._log = log
        self._hints = hints
        self._limits = limits
        self._spawn = spawn
        self._on_missed = on_missed
        self._last_seq = 0
        self._known_seq = 0
        self._followers: set[Follower] = set()
        self._opening = asyncio.Lock()
        self._is_filling = False
        self._ending: Exception | None = None

    @property
    def last_seq(self) -> int:
        """The newest event that was offered to every follower."""
        return self._last_seq

    async def join(self, after: int | None) -> Follower:
        """A new follower, from the log's present end or behind `after`."""
        if after is not None:
            await self._open()
            position = after
            # Only a place the feed has not reached yet can be one that is not there.
            is_expired = after > self._last_seq and after > (await self._refresh()).last_seq
        else:
            is_expired = False
            position = (await self._open() or await self._refresh()).last_seq
        if self._ending is not None:
            raise self._ending
        follower = Follower(self, position=position, limits=self._limits)
        self._followers.add(follower)
        if is_expired:
            follower.resync(ResyncReason.CURSOR_EXPIRED)
        return follower

    def join_at(self, position: int, *, has_overflowed: bool = False) -> Follower:
        """A new follower behind the position, up to which the feed got before."""
        follower = Follower(
            self, position=position, limits=self._limits, has_overflowed=has_overflowed
        )
        self._followers.add(follower)
        if self._ending is not None:
            follower.end(self._ending)
        return follower

    def leave(self, follower: Follower) -> None:
        """Offer nothing to the follower any more."""
        self._followers.discard(follower)

    def hear(self, message: str) -> None:
        """Take a hint: an encoded event, perhaps an old one, perhaps with others missing before."""
        if self._ending is not None:
            return
        try:
            event = decode_event(message)
        except MalformedEvent as error:
            _LOG.warning("unreadable event on the channel of %s: %s", self.project_id, error)
            return
        if event.project_id != self.project_id:
            _LOG.warning("event of %s on the channel of %s", event.project_id, self.project_id)
        elif not self.is_open:
            self._known_seq = max(self._known_seq, event.seq)
        elif event.seq == self._last_seq + 1:
            self._deliver(event)
        elif event.seq > self._last_seq:
            self._fill(event.seq, noticed_by=_BY_EVENT)

    def check(self, position: LogPosition, *, seen_seq: int) -> None:
        """Compare with the log, which was read after `seen_seq` had been delivered."""
        if self._ending is not None or not self.is_open:
            return
        if position.last_seq < seen_seq:
            _LOG.warning(
                "the log of %s went back from %d to %d: it was restored to an earlier time",
                self.project_id,
                seen_seq,
                position.last_seq,
            )
            self._start_over(position.last_seq)
        elif position.last_seq > self._last_seq:
            self._fill(position.last_seq, noticed_by=_BY_WATCHDOG)

    async def read_page(self, after: int) -> Sequence[ProjectEvent]:
        """The next retained events from the log; raise Unavailable while it can't be read."""
        return await self._log.replay(self.project_id, after=after)

    def close(self, error: Exception) -> None:
        """End every follower with the error."""
        self._ending = error
        for follower in self._followers:
            follower.end(error)

    async def _open(self) -> LogPosition | None:
        """Begin to listen → where the log ended, or None when the feed was open before."""
        async with self._opening:
            if self.is_open:
                return None
            # Subscribe first: an event between read and subscribe would be lost.
            await self._hints.subscribe(self.project_id, self.hear)
            position = await self._log.position(self.project_id)
            self._last_seq = position.last_seq
            self.is_open = True
        if self._known_seq > self._last_seq:
            self._fill(self._known_seq, noticed_by=_BY_EVENT)
        return position

    async def _refresh(self) -> LogPosition:
        seen_seq = self._last_seq
        position = await self._log.position(self.project_id)
        self.check(position, seen_seq=seen_seq)
        return position

    def _deliver(self, event: ProjectEvent) -> None:
        self._last_seq = event.seq
        with self._spans(event):
            for follower in self._followers:
                follower.offer(event)
        # Those that only the log told of are the late ones.
        LIVE_LATENCY_SECONDS.observe(max(0.0, time.time() - event.occurred_at.timestamp()))

    def _start_over(self, seq: int) -> None:
        self._last_seq = self._known_seq = seq
        for follower in self._followers:
            follower.resync(ResyncReason.CURSOR_EXPIRED)

    def _fill(self, until: int, *, noticed_by: str) -> None:
        self._known_seq = max(self._known_seq, until)
        if not self._is_filling:
            self._is_filling = True
            self._spawn(self._fill_from_log(noticed_by))

    async def _fill_from_log(self, noticed_by: str) -> None:
        try:
            if noticed_by == _BY_WATCHDOG:
                await asyncio.sleep(self._limits.grace_seconds)
            if self._last_seq < self._known_seq:
                LIVE_GAPS.labels(noticed_by).inc()
                if noticed_by == _BY_WATCHDOG:
                    self._on_missed()
                await self._deliver_from_log()
        # One project whose log can't be read must not end the others' live updates.
        except Exception:  # noqa: BLE001 - see above
            _LOG.exception("could not fill a gap of %s", self.project_id)
        finally:
            self._is_filling = False

    async def _deliver_from_log(self) -> None:
        backoff = Backoff(first=0.1, longest=2.0)
        while self._last_seq < self._known_seq and self._ending is None:
            start = self._last_seq
            try:
                page = await self._log.fill(self.project_id, after=start)
            except Unavailable:
                await backoff.sleep()
                continue
            backoff.reset()
            if not page and self._last_seq == start:
                _LOG.warning("no event behind %d in the log of %s", start, self.project_id)
                # The watchdog tells if there is one after all.
                self._known_seq = start
            for event in page:
                self._advance(event)

    def _advance(self, event: ProjectEvent) -> None:
        if event.seq > self._last_seq + 1:
            _LOG.warning("the log of %s was cut before %d", self.project_id, event.seq)
            self._start_over_before(event.seq)
        if event.seq == self._last_seq + 1:
            self._deliver(event)

    def _start_over_before(self, seq: int) -> None:
        known_seq = self._known_seq
        self._start_over(seq - 1)
        self._known_seq = max(known_seq, self._known_seq)
