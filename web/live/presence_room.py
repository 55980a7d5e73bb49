"""Those who are at one project through this process, and what they hear of everybody."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from domain.entities import Project
from domain.errors import Forbidden, Unavailable
from domain.identifiers import ProjectId, UserId
from domain.ports import Clock
from domain.presence import PresenceSnapshot, PresentMember, ReportPresence
from infra.metrics import PRESENCE_MEMBERS

_LOG = logging.getLogger(__name__)

# A hundred who hear of a hundred cost as much as one update a fifth of a second may.
_SECONDS_PER_TOLD_MEMBER: Final = 0.2 / 100**2


class PresenceStore(Protocol):
    """What all processes know together; every call but `(un)subscribe` raises Unavailable."""

    async def subscribe(self, project_id: ProjectId, receive: Callable[[str], None]) -> None:
        """Call `receive` whenever the project is to be read again."""
        ...

    async def unsubscribe(self, project_id: ProjectId) -> None:
        """Stop that."""
        ...

    async def keep(
        self, project_id: ProjectId, since_by_user_id: Mapping[UserId, datetime]
    ) -> None:
        """Let these be there for another while."""
        ...

    async def leave(self, project_id: ProjectId, user_ids: Collection[UserId]) -> None:
        """Let these be there no longer."""
        ...

    async def report(self, user_id: UserId, report: ReportPresence, *, anew: bool = False) -> None:
        """Take what somebody does; `anew`, only if nothing is known of it."""
        ...

    async def read(self, project_id: ProjectId) -> tuple[PresentMember, ...]:
        """Who is there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceTimes:
    """How often what happens."""

    # Each look renews who is there and finds what no announcement told.
    look_seconds: float = 3.0
    # Between two looks, and so between two updates, however much is announced.
    gap_seconds: float = 0.2
    # Between two reports of one person on one project.
    report_gap_seconds: float = 0.1
    # For memberships that were changed by hand; others are told by the project's log.
    recheck_seconds: float = 10.0
    # A card whose drag is not reported again is let go.
    drag_seconds: float = 12.0


class Follower:
    """One subscription: the newest snapshot, until an error ends it."""

    def __init__(self, user_id: UserId) -> None:
        self.user_id = user_id
        self._newest: PresenceSnapshot | None = None
        self._error: Exception | None = None
        self._has_news = asyncio.Event()

    def __aiter__(self) -> "Follower":
        return self

    async def __anext__(self) -> PresenceSnapshot:
        while True:
            await self._has_news.wait()
            if self._error is not None:
                raise self._error
            self._has_news.clear()
            if self._newest is not None:
                return self._newest

    def tell(self, snapshot: PresenceSnapshot) -> None:
        """Replace what has not been read."""
        self._newest = snapshot
        self._has_news.set()

    def end(self, error: Exception) -> None:
        """Let the reader have this error and nothing else."""
        self._error = error
        self._has_news.set()


class Room:
    """One project. `serve` runs while anybody follows it."""

    def __init__(
        self, project: Project, *, store: PresenceStore, clock: Clock, times: PresenceTimes
    ) -> None:
        self.project = project
        self._store = store
        self._clock = clock
        self._times = times
        self._followers: set[Follower] = set()
        self._since_by_user_id: dict[UserId, datetime] = {}
        self._report_by_user_id: dict[UserId, tuple[ReportPresence, datetime]] = {}
        # Who has left, until the others know.
        self._left: set[UserId] = set()
        # What the store had, and whether that is everybody.
        self._shared: tuple[PresentMember, ...] = ()
        self._is_complete = False
        self._told: PresenceSnapshot | None = None
        self._told_at = 0.0
        self._kept_at: float | None = None
        self._wake = asyncio.Event()

    @property
    def is_empty(self) -> bool:
        """Whether nobody is here and everybody knows."""
        return not self._followers and not self._left

    def join(self, user_id: UserId) -> Follower:
        """Somebody new, or another window of theirs."""
        follower = Follower(user_id)
        self._followers.add(follower)
        if user_id not in self._since_by_user_id:
            self._since_by_user_id[user_id] = self._clock.now()
            self._left.discard(user_id)
            self._kept_at = None
            PRESENCE_MEMBERS.inc()
        if self._told is not None:
            follower.tell(self._seen())
        self._wake.set()
        return follower

    def leave(self, follower: Follower) -> None:
        """The window is closed; with the last of somebody's windows they have left."""
        self._followers.discard(follower)
        user_id = follower.user_id
        is_left = all(other.user_id != user_id for other in self._followers)
        if is_left and self._since_by_user_id.pop(user_id, None) is not None:
            self._report_by_user_id.pop(user_id, None)
            self._left.add(user_id)
            self._wake.set()
            PRESENCE_MEMBERS.dec()

    def note(self, user_id: UserId, report: ReportPresence) -> bool:
        """Whether somebody here hears of the report even if Redis does not."""
        if user_id not in self._since_by_user_id:
            return False
        self._report_by_user_id[user_id] = (report, self._clock.now())
        return True

    def wake(self) -> None:
        """Look again soon."""
        self._wake.set()

    def end(self, error: Exception, *, unless: Collection[UserId] = ()) -> None:
        """End the subscriptions of all but these."""
        for follower in list(self._followers):
            if follower.user_id not in unless:
                follower.end(error)
                self.leave(follower)

    def admit(self, member_ids: Collection[UserId]) -> None:
        """End the subscriptions of those who are no members any more."""
        self.end(Forbidden("You are not a member of this workspace."), unless=member_ids)

    async def serve(self) -> None:
        """Keep this project's presence until nobody is here."""
        while not self.is_empty:
            await self._store.subscribe(self.project.id, lambda _: self._wake.set())
            try:
                while not self.is_empty:
                    self._wake.clear()
                    await self._look()
                    self._tell()
                    await self._pause()
            finally:
                await self._store.unsubscribe(self.project.id)

    async def say_goodbye(self) -> None:
        """Let the others know at once that nobody is here; raise Unavailable if they can't."""
        if self._left:
            await self._store.leave(self.project.id, self._left)

    async def _look(self) -> None:
        leaving = set(self._left)
        try:
            if leaving:
                await self._store.leave(self.project.id, leaving)
            await self._keep()
            self._shared = await self._store.read(self.project.id)
        except Unavailable as error:
            _LOG.debug("only those of this process are present: %s", error)
            self._shared, self._is_complete, self._kept_at = (), False, None
        else:
            self._is_complete = True
        # In vain or not: without a sign of life they are gone before long.
        self._left -= leaving

    async def _keep(self) -> None:
        clock = asyncio.get_running_loop().time
        if self._kept_at is not None and clock() - self._kept_at < self._times.look_seconds * 0.9:
            return
        self._kept_at = clock()
        if self._since_by_user_id:
            await self._store.keep(self.project.id, self._since_by_user_id)
        if not self._is_complete:
            for user_id, (report, _) in list(self._report_by_user_id.items()):
                await self._store.report(user_id, report, anew=True)

    def _tell(self) -> None:
        seen = self._seen()
        now = asyncio.get_running_loop().time()
        rest = len(self._followers) * len(seen.members) * _SECONDS_PER_TOLD_MEMBER
        if seen != self._told and (self._told is None or now - self._told_at >= rest):
            self._told, self._told_at = seen, now
            for follower in self._followers:
                follower.tell(seen)

    def _seen(self) -> PresenceSnapshot:
        here = self._since_by_user_id
        member_by_id = {
            member.user_id: member
            for member in self._shared
            if member.user_id in here or member.user_id not in self._left
        }
        for user_id, since in here.items():
            if user_id not in member_by_id:
                member_by_id[user_id] = self._known_here(user_id, since)
        members = sorted(member_by_id.values(), key=lambda m: (m.since, m.user_id))
        return PresenceSnapshot(
            project_id=self.project.id, members=tuple(members), is_complete=self._is_complete
        )

    def _known_here(self, user_id: UserId, since: datetime) -> PresentMember:
        report, at = self._report_by_user_id.get(user_id, (None, since))
        is_dragging = self._clock.now() - at < timedelta(seconds=self._times.drag_seconds)
        return PresentMember(
            user_id=user_id,
            task_id=report.task_id if report else None,
            dragged_task_id=report.dragged_task_id if report and is_dragging else None,
            since=since,
        )

    async def _pause(self) -> None:
        await asyncio.sleep(self._times.gap_seconds)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._times.look_seconds - self._times.gap_seconds):
                await self._wake.wait()
