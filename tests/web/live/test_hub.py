import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from prometheus_client import REGISTRY

from domain.errors import LimitExceeded, NotFound, Unavailable
from domain.events import Cursor, ProjectEvent, Resync, ResyncReason
from domain.identifiers import ProjectId
from tests.builders import new_id
from tests.web.live.sources import MemoryHints, MemoryLog
from web.live.hub import LiveHub
from web.live.sources import HubClosed, LiveLimits

# Checks so often that a test need not wait, and never by accident.
LIMITS = LiveLimits(
    followers=50,
    queue_events=8,
    page_events=4,
    lag_events=40,
    check_seconds=0.02,
    grace_seconds=0,
    linger_seconds=0.05,
)
UNWATCHED = LiveLimits(
    followers=3, queue_events=8, page_events=4, lag_events=40, check_seconds=60, linger_seconds=60
)

Update = ProjectEvent | Resync


class Stage:
    """A hub over a log and hints that a test commands."""

    def __init__(self, limits: LiveLimits) -> None:
        self.log = MemoryLog()
        self.hints = MemoryHints()
        self.hub = LiveHub(log=self.log, hints=self.hints, limits=limits)
        self.project_id = self.new_project()

    def new_project(self) -> ProjectId:
        project_id = ProjectId(new_id())
        self.log.append(project_id, 0)
        return project_id

    def happen(self, count: int = 1) -> None:
        """Let events be committed and told."""
        self.hints.tell(*self.log.append(self.project_id, count))

    def happen_untold(self, count: int = 1) -> None:
        """Let events be committed whose hints are lost."""
        self.log.append(self.project_id, count)

    def resync(self, reason: ResyncReason, seq: int) -> Resync:
        return Resync(reason=reason, cursor=Cursor(self.project_id, seq))


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage(LIMITS)
    async with stage.hub:
        yield stage


@pytest.fixture
async def unwatched() -> AsyncIterator[Stage]:
    """A stage on which nothing but hints brings news."""
    stage = Stage(UNWATCHED)
    async with stage.hub:
        yield stage


@pytest.fixture
async def patient() -> AsyncIterator[Stage]:
    """A stage on which nobody is ever too slow."""
    stage = Stage(replace(LIMITS, lag_events=10_000))
    async with stage.hub:
        yield stage


async def _take(updates: AsyncIterator[Update], count: int) -> list[Update]:
    async with asyncio.timeout(10):
        return [await anext(updates) for _ in range(count)]


async def _seqs(updates: AsyncIterator[Update], count: int) -> list[int | Resync]:
    return [_seq(update) for update in await _take(updates, count)]


def _seq(update: Update) -> int | Resync:
    return update.seq if isinstance(update, ProjectEvent) else update


async def _is_silent(updates: AsyncIterator[Update]) -> bool:
    """Whether nothing more is there once everything that can run has run."""
    task = asyncio.ensure_future(anext(updates))
    done, _ = await asyncio.wait({task}, timeout=0.1)
    task.cancel()
    await asyncio.wait({task})
    return not done


async def test_a_new_follower_begins_with_the_next_event(unwatched: Stage) -> None:
    unwatched.happen(3)
    async with unwatched.hub.follow(unwatched.project_id, after=None) as updates:
        unwatched.happen(2)
        assert await _seqs(updates, 2) == [4, 5]


async def test_a_cursor_is_replayed_before_the_live_events(unwatched: Stage) -> None:
    unwatched.happen(30)
    async with unwatched.hub.follow(unwatched.project_id, after=7) as updates:
        unwatched.happen(3)
        assert await _seqs(updates, 26) == list(range(8, 34))
        unwatched.happen(1)
        assert await _seqs(updates, 1) == [34]


async def test_all_followers_get_the_same_event_object(unwatched: Stage) -> None:
    async with AsyncExitStack() as stack:
        readers = [
            await stack.enter_async_context(unwatched.hub.follow(unwatched.project_id, after=None))
            for _ in range(3)
        ]
        unwatched.happen()
        first, second, third = [(await _take(updates, 1))[0] for updates in readers]
        assert first is second is third


async def test_repeated_and_late_hints_are_dropped(unwatched: Stage) -> None:
    async with unwatched.hub.follow(unwatched.project_id, after=None) as updates:
        events = unwatched.log.append(unwatched.project_id, 4)
        unwatched.hints.tell(events[0], events[0], events[1], events[0], *events)
        assert await _seqs(updates, 4) == [1, 2, 3, 4]
        assert await _is_silent(updates)


async def test_a_gap_in_the_hints_is_filled_from_the_log_by_one_read_at_a_time(
    unwatched: Stage,
) -> None:
    async with unwatched.hub.follow(unwatched.project_id, after=None) as updates:
        events = unwatched.log.append(unwatched.project_id, 4)
        unwatched.hints.tell(events[1], events[2], events[3])
        assert await _seqs(updates, 4) == [1, 2, 3, 4]
        assert unwatched.log.reads == 1


async def test_what_arrives_while_a_gap_is_filled_is_delivered_once(unwatched: Stage) -> None:
    async with unwatched.hub.follow(unwatched.project_id, after=None) as updates:
        events = unwatched.log.append(unwatched.project_id, 6)
        unwatched.hints.tell(events[3])
        await asyncio.sleep(0)
        unwatched.hints.tell(*events)
        assert await _seqs(updates, 6) == [1, 2, 3, 4, 5, 6]
        assert await _is_silent(updates)


async def test_events_without_any_hint_are_found_by_the_watchdog(stage: Stage) -> None:
    async with stage.hub.follow(stage.project_id, after=None) as updates:
        stage.happen_untold(30)
        assert await _seqs(updates, 30) == list(range(1, 31))


async def test_while_hints_are_lost_the_watchdog_looks_more_often() -> None:
    stage = Stage(replace(UNWATCHED, urgent_check_seconds=0.01))
    async with (
        stage.hub,
        stage.hub.follow(stage.project_id, after=None) as updates,
    ):
        stage.happen_untold()
        # As when the connection of pub/sub was restored.
        stage.hints.restore()
        assert await _seqs(updates, 1) == [1]

        for seq in range(2, 5):
            stage.happen_untold()
            assert await _seqs(updates, 1) == [seq]


async def test_what_only_the_log_told_of_counts_among_the_latencies(stage: Stage) -> None:
    before = _latencies()
    async with stage.hub.follow(stage.project_id, after=None) as updates:
        stage.happen_untold(3)
        assert await _seqs(updates, 3) == [1, 2, 3]
    assert _latencies() == before + 3


def _latencies() -> float:
    return REGISTRY.get_sample_value("taskwire_live_latency_seconds_count") or 0.0


async def test_a_restored_connection_is_checked_at_once(unwatched: Stage) -> None:
    async with unwatched.hub.follow(unwatched.project_id, after=None) as updates:
        unwatched.happen_untold(2)
        unwatched.hints.restore()
        assert await _seqs(updates, 2) == [1, 2]


async def test_unreadable_and_foreign_hints_do_no_harm(unwatched: Stage) -> None:
    async with unwatched.hub.follow(unwatched.project_id, after=None) as updates:
        [foreign] = unwatched.log.append(unwatched.new_project())
        unwatched.hints.receive_by_project_id[foreign.project_id] = (
            unwatched.hints.receive_by_project_id[unwatched.project_id]
        )
        unwatched.hints.tell(foreign)
        unwatched.hints.tell_text(unwatched.project_id, "{")
        assert await _is_silent(updates)
        unwatched.happen()
        assert await _seqs(updates, 1) == [1]


async def test_live_updates_go_on_after_the_log_was_away(stage: Stage) -> None:
    async with stage.hub.follow(stage.project_id, after=None) as updates:
        stage.log.is_away = True
        stage.happen_untold(2)
        stage.happen()
        assert await _is_silent(updates)
        stage.log.is_away = False
        assert await _seqs(updates, 3) == [1, 2, 3]


async def test_a_replay_waits_for_a_log_that_is_away(stage: Stage) -> None:
    stage.happen(5)
    async with stage.hub.follow(stage.project_id, after=2) as updates:
        stage.log.is_away = True
        assert await _is_silent(updates)
        stage.log.is_away = False
        assert await _seqs(updates, 3) == [3, 4, 5]


async def test_nobody_can_join_while_the_log_is_away_and_later_can(unwatched: Stage) -> None:
    unwatched.log.is_away = True
    with pytest.raises(Unavailable):
        async with unwatched.hub.follow(unwatched.project_id, after=None):
            pass
    unwatched.log.is_away = False
    async with unwatched.hub.follow(unwatched.project_id, after=None) as updates:
        unwatched.happen()
        assert await _seqs(updates, 1) == [1]


async def test_a_cursor_before_the_retained_log_is_expired_and_the_stream_goes_on(
    unwatched: Stage,
) -> None:
    unwatched.happen(10)
    unwatched.log.cut(unwatched.project_id, before=6)
    async with unwatched.hub.follow(unwatched.project_id, after=4) as updates:
        unwatched.happen()
        expired = unwatched.resync(ResyncReason.CURSOR_EXPIRED, 11)
        assert await _seqs(updates, 1) == [expired]
        unwatched.happen()
        assert await _seqs(updates, 1) == [12]


async def test_the_oldest_cursor_that_can_be_replayed_is_replayed(unwatched: Stage) -> None:
    unwatched.happen(10)
    unwatched.log.cut(unwatched.project_id, before=6)
    async with unwatched.hub.follow(unwatched.project_id, after=5) as updates:
        assert await _seqs(updates, 5) == [6, 7, 8, 9, 10]


async def test_a_cursor_ahead_of_the_log_is_expired(unwatched: Stage) -> None:
    unwatched.happen(3)
    async with unwatched.hub.follow(unwatched.project_id, after=9) as updates:
        assert await _seqs(updates, 1) == [unwatched.resync(ResyncReason.CURSOR_EXPIRED, 3)]
        unwatched.happen()
        assert await _seqs(updates, 1) == [4]


async def test_a_cursor_ahead_of_the_feed_but_not_of_the_log_is_good(unwatched: Stage) -> None:
    async with (
        unwatched.hub.follow(unwatched.project_id, after=None) as early,
        AsyncExitStack() as stack,
    ):
        unwatched.happen_untold(5)
        late = await stack.enter_async_context(unwatched.hub.follow(unwatched.project_id, after=4))
        assert await _seqs(late, 1) == [5]
        assert await _seqs(early, 5) == [1, 2, 3, 4, 5]


async def test_a_log_cut_ahead_of_the_feed_is_announced(stage: Stage) -> None:
    async with stage.hub.follow(stage.project_id, after=None) as updates:
        stage.log.is_away = True
        stage.happen_untold(9)
        stage.log.cut(stage.project_id, before=7)
        stage.log.is_away = False
        expired = stage.resync(ResyncReason.CURSOR_EXPIRED, 6)
        assert await _seqs(updates, 4) == [expired, 7, 8, 9]


async def test_a_log_that_was_restored_to_earlier_is_announced(stage: Stage) -> None:
    stage.happen(5)
    async with stage.hub.follow(stage.project_id, after=None) as updates:
        stage.happen(5)
        assert await _seqs(updates, 5) == [6, 7, 8, 9, 10]
        stage.log.restore(stage.project_id, to=8)
        assert await _seqs(updates, 1) == [stage.resync(ResyncReason.CURSOR_EXPIRED, 8)]
        stage.happen(1)
        assert await _seqs(updates, 1) == [9]


async def test_a_slow_follower_catches_up_from_the_log_when_it_comes_back(
    unwatched: Stage,
) -> None:
    async with unwatched.hub.follow(unwatched.project_id, after=None) as updates:
        for _ in range(30):
            unwatched.happen()
        assert await _seqs(updates, 30) == list(range(1, 31))
        unwatched.happen()
        assert await _seqs(updates, 1) == [31]


async def test_a_slow_follower_keeps_a_bounded_queue_and_costs_the_others_nothing(
    unwatched: Stage,
) -> None:
    async with (
        unwatched.hub.follow(unwatched.project_id, after=None) as slow,
        unwatched.hub.follow(unwatched.project_id, after=None) as quick,
    ):
        for seq in range(1, 101):
            unwatched.happen()
            assert await _seqs(quick, 1) == [seq]
        assert unwatched.log.reads == 0
        too_slow = unwatched.resync(ResyncReason.SLOW_CONSUMER, 100)
        assert await _seqs(slow, 9) == [*range(1, 9), too_slow]
        unwatched.happen()
        assert await _seqs(slow, 1) == [101]


async def test_a_long_replay_is_not_mistaken_for_slowness(unwatched: Stage) -> None:
    unwatched.happen(200)
    async with unwatched.hub.follow(unwatched.project_id, after=0) as updates:
        assert await _seqs(updates, 200) == list(range(1, 201))


async def test_no_more_follow_than_may_and_a_place_is_free_again_when_one_leaves(
    unwatched: Stage,
) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(3):
            await stack.enter_async_context(unwatched.hub.follow(unwatched.project_id, after=None))
        with pytest.raises(LimitExceeded):
            async with unwatched.hub.follow(unwatched.project_id, after=None):
                pass
    async with unwatched.hub.follow(unwatched.project_id, after=None) as updates:
        unwatched.happen()
        assert await _seqs(updates, 1) == [1]


async def test_a_project_nobody_follows_is_left_after_a_while(stage: Stage) -> None:
    async with stage.hub.follow(stage.project_id, after=None):
        assert stage.project_id in stage.hints.receive_by_project_id
    async with asyncio.timeout(5):
        while stage.project_id in stage.hints.receive_by_project_id:  # noqa: ASYNC110 - a port is asked
            await asyncio.sleep(0.01)
    async with stage.hub.follow(stage.project_id, after=None) as updates:
        stage.happen()
        assert await _seqs(updates, 1) == [1]


async def test_a_reloaded_tab_finds_its_feed_again(unwatched: Stage) -> None:
    async with unwatched.hub.follow(unwatched.project_id, after=None):
        pass
    receive = unwatched.hints.receive_by_project_id[unwatched.project_id]
    unwatched.happen(2)
    async with unwatched.hub.follow(unwatched.project_id, after=0) as updates:
        assert unwatched.hints.receive_by_project_id[unwatched.project_id] is receive
        assert await _seqs(updates, 2) == [1, 2]


async def test_an_unknown_project_is_not_found(unwatched: Stage) -> None:
    with pytest.raises(NotFound):
        async with unwatched.hub.follow(ProjectId(new_id()), after=None):
            pass


async def test_a_stopped_hub_ends_its_followers_and_takes_no_more() -> None:
    stage = Stage(LIMITS)
    async with AsyncExitStack() as stack:
        async with stage.hub:
            updates = await stack.enter_async_context(
                stage.hub.follow(stage.project_id, after=None)
            )
            waiting = asyncio.ensure_future(anext(updates))
            await asyncio.sleep(0)
        with pytest.raises(HubClosed):
            await waiting
        with pytest.raises(HubClosed):
            await anext(updates)
        with pytest.raises(HubClosed):
            await stack.enter_async_context(stage.hub.follow(stage.project_id, after=None))


async def test_an_error_in_the_body_leaves_the_hub_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        async with Stage(LIMITS).hub:
            raise ZeroDivisionError


@pytest.mark.parametrize("seed", range(20))
async def test_every_follower_sees_every_seq_once_in_order_whatever_the_hints_do(
    patient: Stage, seed: int
) -> None:
    """Hints are lost, repeated, late and swapped; readers join anywhere and stall."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    total = 150

    async def write() -> None:
        told: list[ProjectEvent] = []
        while len(patient.log.events_by_project_id[patient.project_id]) < total:
            told += patient.log.append(patient.project_id, chance.randint(1, 3))
            patient.hints.tell(*chance.choices(told[-6:], k=chance.randint(0, 4)))
            await asyncio.sleep(chance.choice([0, 0, 0.001]))

    async def follow() -> None:
        for _ in range(chance.randint(0, 40)):
            await asyncio.sleep(0)
        after = chance.randint(0, len(patient.log.events_by_project_id[patient.project_id]))
        async with patient.hub.follow(patient.project_id, after=after) as updates:
            seqs: list[int | Resync] = []
            while len(seqs) < total - after:
                seqs += await _seqs(updates, 1)
                await asyncio.sleep(chance.choice([0, 0, 0, 0.002]))
            assert seqs == list(range(after + 1, total + 1))

    async with asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(follow())
        group.create_task(write())
