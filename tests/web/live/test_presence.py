"""Rooms: what is told how often to whom, over a store that a test commands."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

import pytest
from prometheus_client import REGISTRY

from domain.errors import Forbidden, Unavailable
from domain.identifiers import ProjectId, UserId
from domain.presence import PresenceSnapshot, PresentMember, ReportPresence
from infra.clock import SystemClock
from tests.builders import a_project, new_id
from tests.web.live.operations import MemoryMemberships
from tests.web.live.sources import MemoryHints, MemoryLog
from web.live.hub import LiveHub
from web.live.presence import PresenceRooms
from web.live.presence_room import PresenceTimes
from web.live.sources import HubClosed

QUICK = PresenceTimes(
    look_seconds=0.05, gap_seconds=0.01, report_gap_seconds=0.05, recheck_seconds=0.05
)


class MemoryStore:
    """`web.live.presence.RunningStore` of one process, which can be away."""

    def __init__(self) -> None:
        self.is_away = False
        self.since_by_project_id: defaultdict[ProjectId, dict[UserId, datetime]] = defaultdict(dict)
        self.reports: list[tuple[UserId, ReportPresence]] = []
        self.listeners: dict[ProjectId, Callable[[str], None]] = {}

    async def run(self, *, on_restored: Callable[[], None]) -> None:
        on_restored()
        await asyncio.get_running_loop().create_future()

    async def subscribe(self, project_id: ProjectId, receive: Callable[[str], None]) -> None:
        self.listeners[project_id] = receive

    async def unsubscribe(self, project_id: ProjectId) -> None:
        self.listeners.pop(project_id)

    async def keep(
        self, project_id: ProjectId, since_by_user_id: Mapping[UserId, datetime]
    ) -> None:
        self._require()
        self.since_by_project_id[project_id].update(since_by_user_id)

    async def leave(self, project_id: ProjectId, user_ids: Collection[UserId]) -> None:
        self._require()
        for user_id in user_ids:
            self.since_by_project_id[project_id].pop(user_id, None)

    async def report(self, user_id: UserId, report: ReportPresence, *, anew: bool = False) -> None:
        self._require()
        assert not anew or user_id in self.since_by_project_id[ProjectId(report.project_id)]
        self.reports.append((user_id, report))

    async def read(self, project_id: ProjectId) -> tuple[PresentMember, ...]:
        self._require()
        return tuple(
            PresentMember(user_id=user_id, task_id=None, dragged_task_id=None, since=since)
            for user_id, since in self.since_by_project_id[project_id].items()
        )

    def _require(self) -> None:
        if self.is_away:
            raise Unavailable("away")


class Stage:
    """Rooms of one process over everything in memory."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.memberships = MemoryMemberships()
        self.log = MemoryLog()
        self.hub = LiveHub(log=self.log, hints=MemoryHints())
        self.rooms = PresenceRooms(
            store=self.store,
            memberships=self.memberships,
            live=self.hub,
            clock=SystemClock(),
            times=QUICK,
        )
        self.project = a_project()
        self.log.append(self.project.id, 0)

    @property
    def here(self) -> set[UserId]:
        return set(self.store.since_by_project_id[self.project.id])

    def a_report(self) -> ReportPresence:
        return ReportPresence(project_id=self.project.id, task_id=new_id())


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with _open() as stage:
        yield stage


@asynccontextmanager
async def _open() -> AsyncIterator[Stage]:
    stage = Stage()
    async with stage.hub, stage.rooms:
        yield stage


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while True:
            if is_so():
                return
            await asyncio.sleep(0.005)


async def _tells(
    updates: AsyncIterator[PresenceSnapshot], user_ids: Collection[UserId], *, is_complete: bool
) -> PresenceSnapshot:
    """The first update that tells of exactly these."""
    async with asyncio.timeout(5):
        async for update in updates:
            told = {member.user_id for member in update.members}
            if (told, update.is_complete) == (set(user_ids), is_complete):
                return update
    raise AssertionError(user_ids)


def _gauge() -> float:
    return REGISTRY.get_sample_value("taskwire_presence_members") or 0.0


async def test_somebody_with_two_windows_is_there_once_until_both_are_closed(stage: Stage) -> None:
    ada, before = stage.memberships.a_member(), _gauge()
    async with stage.rooms.follow(stage.project, ada) as first:
        async with stage.rooms.follow(stage.project, ada) as second:
            await _tells(first, [ada], is_complete=True)
            await _tells(second, [ada], is_complete=True)
            assert _gauge() == before + 1
        assert _gauge() == before + 1
        await _until(lambda: stage.here == {ada})
    assert _gauge() == before
    await _until(lambda: stage.here == set())
    await _until(lambda: stage.store.listeners == {})


async def test_a_room_that_was_left_opens_again(stage: Stage) -> None:
    ada = stage.memberships.a_member()
    for _ in range(3):
        async with stage.rooms.follow(stage.project, ada) as updates:
            await _tells(updates, [ada], is_complete=True)


async def test_a_lost_announcement_is_made_good_by_the_next_look(stage: Stage) -> None:
    ada, bob = stage.memberships.a_member(), stage.memberships.a_member()
    async with stage.rooms.follow(stage.project, ada) as updates:
        await _tells(updates, [ada], is_complete=True)
        stage.store.since_by_project_id[stage.project.id][bob] = SystemClock().now()
        await _tells(updates, [ada, bob], is_complete=True)


async def test_what_a_reader_misses_is_replaced_by_the_newest(stage: Stage) -> None:
    ada = stage.memberships.a_member()
    others = [stage.memberships.a_member() for _ in range(5)]
    async with stage.rooms.follow(stage.project, ada) as updates:
        await _tells(updates, [ada], is_complete=True)
        for other in others:
            stage.store.since_by_project_id[stage.project.id][other] = SystemClock().now()
            async with stage.rooms.follow(stage.project, ada) as witness:
                await _tells(witness, stage.here, is_complete=True)
        update = await anext(updates)
        assert {member.user_id for member in update.members} == {ada, *others}


async def test_of_reports_in_quick_succession_the_first_and_the_newest_are_told(
    stage: Stage,
) -> None:
    ada = stage.memberships.a_member()
    reports = [stage.a_report() for _ in range(20)]
    for report in reports:
        await stage.rooms.report(ada, report)
    await _until(lambda: len(stage.store.reports) > 1)
    assert stage.store.reports == [(ada, reports[0]), (ada, reports[-1])]


async def test_reports_of_others_and_on_other_projects_do_not_wait(stage: Stage) -> None:
    ada, bob = stage.memberships.a_member(), stage.memberships.a_member()
    elsewhere = ReportPresence(project_id=new_id())
    told = [(ada, stage.a_report()), (bob, stage.a_report()), (ada, elsewhere)]
    for user_id, report in told:
        await stage.rooms.report(user_id, report)
    assert stage.store.reports == told


async def test_without_the_store_a_report_is_heard_in_this_process_or_refused(
    stage: Stage,
) -> None:
    ada, bob = stage.memberships.a_member(), stage.memberships.a_member()
    stage.store.is_away = True
    async with stage.rooms.follow(stage.project, ada) as updates:
        await _tells(updates, [ada], is_complete=False)
        report = stage.a_report()
        await stage.rooms.report(ada, report)
        [member] = (await _tells(updates, [ada], is_complete=False)).members
        assert member.task_id == report.task_id
        with pytest.raises(Unavailable):
            await stage.rooms.report(bob, stage.a_report())
        stage.store.is_away = False
        await _tells(updates, [ada], is_complete=True)
        assert stage.store.reports == [(ada, report)]


async def test_whoever_is_removed_by_hand_loses_the_subscription_and_is_there_no_more(
    stage: Stage,
) -> None:
    ada, bob = stage.memberships.a_member(), stage.memberships.a_member()
    async with (
        stage.rooms.follow(stage.project, ada) as updates,
        stage.rooms.follow(stage.project, bob) as of_bob,
    ):
        await _tells(updates, [ada, bob], is_complete=True)
        await _tells(of_bob, [ada, bob], is_complete=True)
        del stage.memberships.role_by_user_id[bob]
        with pytest.raises(Forbidden):
            await _tells(of_bob, [], is_complete=True)
        await _tells(updates, [ada], is_complete=True)


async def test_a_process_that_stops_ends_its_subscriptions_and_says_goodbye() -> None:
    async with _open() as stage:
        ada = stage.memberships.a_member()
        following = stage.rooms.follow(stage.project, ada)
        updates = await following.__aenter__()
        await _tells(updates, [ada], is_complete=True)
        assert stage.here == {ada}
    assert stage.here == set()
    with pytest.raises(HubClosed):
        await _tells(updates, [], is_complete=True)
    await following.__aexit__(None, None, None)
    with pytest.raises(Unavailable):
        await stage.rooms.report(ada, stage.a_report())
    with pytest.raises(HubClosed):
        await stage.rooms.follow(stage.project, ada).__aenter__()
