"""Who is at which project: the rooms of this process, over what all processes know."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from contextvars import Context
from types import TracebackType
from typing import Final, Protocol, Self
from uuid import UUID

from domain.entities import Project
from domain.errors import LimitExceeded, Unavailable
from domain.events import ProjectEventKind, Resync
from domain.identifiers import ProjectId, UserId
from domain.ports import Clock, LiveEvents
from domain.presence import PresenceSnapshot, ReportPresence
from infra.backoff import Backoff
from web.live.presence_room import PresenceStore, PresenceTimes, Room
from web.live.sources import HubClosed, Memberships

_LOG = logging.getLogger(__name__)

_ROOMS_MAX: Final = 5_000
# People whose next report waits; more is a flood.
_REPORTERS_MAX: Final = 10_000
_GOODBYE_SECONDS: Final = 2.0


class RunningStore(PresenceStore, Protocol):
    """A store that listens to what other processes announce."""

    async def run(self, *, on_restored: Callable[[], None]) -> None:
        """Listen until cancelled; call back whenever announcements may have been lost."""
        ...


class PresenceRooms:
    """`domain.presence.Presence`. Open while its context is, which must be inside the hub's."""

    def __init__(
        self,
        *,
        store: RunningStore,
        memberships: Memberships,
        live: LiveEvents,
        clock: Clock,
        times: PresenceTimes | None = None,
    ) -> None:
        self._store = store
        self._memberships = memberships
        self._live = live
        self._clock = clock
        self._times = times or PresenceTimes()
        self._room_by_project_id: dict[ProjectId, Room] = {}
        # Who has just reported, with what they reported since.
        self._waiting: dict[tuple[UserId, UUID], ReportPresence | None] = {}
        self._tasks = asyncio.TaskGroup()
        self._running: set[asyncio.Task[None]] = set()
        self._is_running = False

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._is_running = True
        self._start(self._store.run(on_restored=self._wake_all))
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_running = False
        rooms = list(self._room_by_project_id.values())
        for room in rooms:
            room.end(HubClosed("presence ends here; connect again"))
        for task in self._running:
            task.cancel()
        # The group wraps what the body raised; of that it only needs to know cancellation.
        if isinstance(exc, asyncio.CancelledError):
            await self._tasks.__aexit__(exc_type, exc, traceback)
        else:
            await self._tasks.__aexit__(None, None, None)
        await _say_goodbye(rooms)

    @asynccontextmanager
    async def follow(
        self, project: Project, user_id: UserId
    ) -> AsyncIterator[AsyncIterator[PresenceSnapshot]]:
        """Be there while the context is open, and hear who else is, beginning with now.

        Ends with Forbidden when the user may no longer see the project. Raises LimitExceeded
        when this process follows as many projects as it may, HubClosed when it stops.
        """
        room = self._room(project)
        follower = room.join(user_id)
        try:
            yield follower
        finally:
            room.leave(follower)

    async def report(self, user_id: UserId, report: ReportPresence) -> None:
        """Tell the others. Of what comes too often, the newest is told a moment later.

        Raises Unavailable when there is nobody to tell it.
        """
        key = (user_id, report.project_id)
        if key in self._waiting:
            self._waiting[key] = report
            return
        if not self._is_running or len(self._waiting) >= _REPORTERS_MAX:
            raise Unavailable("this process takes no reports now")
        self._waiting[key] = None
        try:
            await self._tell(user_id, report)
        finally:
            self._start(self._tell_later(key))

    async def _tell_later(self, key: tuple[UserId, UUID]) -> None:
        try:
            while True:
                await asyncio.sleep(self._times.report_gap_seconds)
                report, self._waiting[key] = self._waiting[key], None
                if report is None:
                    return
                try:
                    await self._tell(key[0], report)
                except Unavailable as error:
                    _LOG.info("a report of presence is lost: %s", error)
        finally:
            del self._waiting[key]

    async def _tell(self, user_id: UserId, report: ReportPresence) -> None:
        room = self._room_by_project_id.get(ProjectId(report.project_id))
        is_heard_here = room is not None and room.note(user_id, report)
        try:
            await self._store.report(user_id, report)
        except Unavailable:
            if not is_heard_here:
                raise
        if room is not None:
            room.wake()

    def _room(self, project: Project) -> Room:
        if not self._is_running:
            raise HubClosed("presence ends here; connect again")
        room = self._room_by_project_id.get(project.id)
        if room is None:
            if len(self._room_by_project_id) >= _ROOMS_MAX:
                raise LimitExceeded("This server follows as many projects as it may.")
            room = Room(project, store=self._store, clock=self._clock, times=self._times)
            self._room_by_project_id[project.id] = room
            self._start(self._serve(room))
        return room

    async def _serve(self, room: Room) -> None:
        """Both tasks end with the room."""
        watching = asyncio.create_task(self._watch_memberships(room))
        try:
            await room.serve()
        finally:
            del self._room_by_project_id[room.project.id]
            watching.cancel()
            await asyncio.wait({watching})

    async def _watch_memberships(self, room: Room) -> None:
        """End the subscriptions of whoever is removed, as the project's log tells of it."""
        backoff = Backoff(first=0.1, longest=self._times.recheck_seconds)
        rechecking = asyncio.create_task(self._recheck_again_and_again(room))
        try:
            while True:
                try:
                    async with self._live.follow(room.project.id, after=None) as updates:
                        async for update in updates:
                            backoff.reset()
                            is_removal = (
                                isinstance(update, Resync)
                                or update.kind is ProjectEventKind.MEMBER_REMOVED
                            )
                            if is_removal:
                                await self._recheck(room)
                except (Unavailable, LimitExceeded) as error:
                    _LOG.info("removals from a project are noticed late: %s", error)
                await backoff.sleep()
        finally:
            rechecking.cancel()
            await asyncio.wait({rechecking})

    async def _recheck_again_and_again(self, room: Room) -> None:
        while True:
            await asyncio.sleep(self._times.recheck_seconds)
            try:
                await self._recheck(room)
            except Unavailable as error:
                _LOG.warning("who may see who is present is not checked: %s", error)

    async def _recheck(self, room: Room) -> None:
        """Raise Unavailable when nobody knows who is a member."""
        workspace_id = room.project.workspace_id
        room.admit((await self._memberships.roles([workspace_id]))[workspace_id])

    def _wake_all(self) -> None:
        for room in self._room_by_project_id.values():
            room.wake()

    def _start(self, work: Coroutine[None, None, None]) -> None:
        # A room outlives the request that opens it.
        task = self._tasks.create_task(work, context=Context())
        self._running.add(task)
        task.add_done_callback(self._running.discard)


async def _say_goodbye(rooms: list[Room]) -> None:
    try:
        async with asyncio.timeout(_GOODBYE_SECONDS):
            for room in rooms:
                await room.say_goodbye()
    except (Unavailable, TimeoutError) as error:
        _LOG.info("others notice later who has left: %s", error)
