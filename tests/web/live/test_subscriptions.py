"""Groups: one execution for all, and each member gets everything once, in order."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest
from prometheus_client import REGISTRY

from domain.access import Role
from domain.errors import Forbidden, LimitExceeded, Unavailable
from domain.events import ProjectEventKind
from domain.identifiers import ProjectId, TaskId, UserId
from tests.builders import new_id
from tests.web.live.operations import Execution, MemoryMemberships, MemorySink
from tests.web.live.sources import MemoryHints, MemoryLog
from web.live.hub import LiveHub
from web.live.shared_responses import SharedResponses
from web.live.sources import LiveLimits
from web.live.subscriber import Ending, Subscriber, SubscriberEnd
from web.live.subscriptions import LiveSubscriptions

LIMITS = LiveLimits(
    followers=20,
    queue_events=8,
    page_events=4,
    lag_events=40,
    check_seconds=0.02,
    grace_seconds=0,
    linger_seconds=60,
)


class Stage:
    """Subscriptions over a log, hints and memberships that a test commands."""

    def __init__(self, limits: LiveLimits) -> None:
        self.log = MemoryLog()
        self.hints = MemoryHints()
        self.memberships = MemoryMemberships()
        self.execution = Execution()
        self.hub = LiveHub(log=self.log, hints=self.hints, limits=limits)
        self.live = LiveSubscriptions(hub=self.hub, memberships=self.memberships)
        self.project_id = ProjectId(new_id())
        self.log.append(self.project_id, 0)

    @property
    def last_seq(self) -> int:
        return len(self.log.events_by_project_id[self.project_id])

    async def subscribe(
        self,
        sink: MemorySink,
        *,
        by: UserId | None = None,
        after: int | None = None,
        key: str = "same",
        task_id: TaskId | None = None,
    ) -> Subscriber:
        """A subscriber that hands everything to the sink."""
        operation = self.execution.operation(self.project_id, after=after, key=key, task_id=task_id)
        viewer_id = by or self.memberships.a_member()
        subscriber = await self.live.subscribe(operation, viewer_id)
        subscriber.start(sink)
        return subscriber

    def happen(self, count: int = 1, kind: ProjectEventKind | None = None) -> None:
        """Let events be committed and told."""
        events = self.log.append(self.project_id, count)
        if kind is not None:
            events = [replace(event, kind=kind) for event in events]
            self.log.events_by_project_id[self.project_id][-count:] = events
        self.hints.tell(*events)


@asynccontextmanager
async def _open(limits: LiveLimits = LIMITS) -> AsyncIterator[Stage]:
    stage = Stage(limits)
    async with stage.hub, stage.live:
        yield stage


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with _open() as stage:
        yield stage


async def _sinks(stage: Stage, count: int) -> list[MemorySink]:
    sinks = [MemorySink() for _ in range(count)]
    for sink in sinks:
        await stage.subscribe(sink)
    return sinks


def _metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_one_execution_and_one_encoding_serve_all_who_select_the_same(stage: Stage) -> None:
    sinks = await _sinks(stage, 5)
    stage.happen()
    for sink in sinks:
        assert await sink.until(1) == [1]
    assert stage.execution.batches == [[1]]
    assert len({id(sink.results[0].payload) for sink in sinks}) == 1


async def test_those_who_come_back_to_the_same_place_share_what_they_missed(stage: Stage) -> None:
    stage.log.append(stage.project_id, 6)
    stage.execution.may_run.clear()
    sinks = [MemorySink() for _ in range(10)]
    for sink in sinks:
        await stage.subscribe(sink, after=2)
    stage.execution.may_run.set()
    for sink in sinks:
        assert await sink.until(4) == [3, 4, 5, 6]
    assert stage.execution.batches == [[3, 4, 5, 6]]
    assert len({id(sink.results[0].payload) for sink in sinks}) == 1


async def test_events_that_arrive_together_are_executed_together(stage: Stage) -> None:
    [sink] = await _sinks(stage, 1)
    stage.happen(6)
    assert await sink.until(6) == [1, 2, 3, 4, 5, 6]
    assert stage.execution.batches == [[1, 2, 3, 4, 5, 6]]


async def test_who_selects_something_else_has_a_group_of_their_own(stage: Stage) -> None:
    groups = _metric("taskwire_subscription_groups")
    one, other = MemorySink(), MemorySink()
    first = await stage.subscribe(one, key="one")
    second = await stage.subscribe(other, key="other")
    assert _metric("taskwire_subscription_groups") == groups + 2
    stage.happen()
    assert await one.until(1) == await other.until(1) == [1]
    assert len(stage.execution.batches) == 2
    first.close(Ending.COMPLETED)
    second.close(Ending.COMPLETED)
    assert _metric("taskwire_subscription_groups") == groups


async def test_a_task_s_group_executes_only_its_events(stage: Stage) -> None:
    sink = MemorySink()
    task_id = TaskId(new_id())
    await stage.subscribe(sink, task_id=task_id)
    stage.happen(3)
    events = stage.log.append(stage.project_id, 1)
    mine = replace(events[0], task_id=task_id)
    stage.log.events_by_project_id[stage.project_id][-1] = mine
    stage.hints.tell(mine)
    assert await sink.until(1) == [4]
    assert stage.execution.batches == [[4]]


async def test_what_is_behind_a_cursor_is_replayed_before_the_group_takes_over(
    stage: Stage,
) -> None:
    [early] = await _sinks(stage, 1)
    stage.happen(20)
    late = MemorySink()
    await stage.subscribe(late, after=3)
    stage.happen(2)
    assert await late.until(19) == list(range(4, 23))
    stage.happen()
    assert await late.until(20) == list(range(4, 24))
    assert await early.until(23) == list(range(1, 24))
    assert stage.execution.batches[-1] == [23]


async def test_a_cursor_at_the_end_needs_no_replay(stage: Stage) -> None:
    stage.happen(4)
    sink = MemorySink()
    await stage.subscribe(sink, after=4)
    stage.happen()
    assert await sink.until(1) == [5]


async def test_a_client_that_reads_nothing_holds_nobody_up_and_gets_everything_later(
    stage: Stage,
) -> None:
    [quick] = await _sinks(stage, 1)
    slow = MemorySink(room=2)
    await stage.subscribe(slow)
    for _ in range(12):
        stage.happen(2)
        await asyncio.sleep(0)
    assert await quick.until(24) == list(range(1, 25))
    assert slow.seen == [1, 2]
    slow.make_room()
    assert await slow.until(24) == list(range(1, 25))
    stage.happen()
    assert (await slow.until(25))[-1] == 25


async def test_a_client_that_is_too_far_behind_is_told_to_read_the_state(stage: Stage) -> None:
    slow = MemorySink(room=1)
    await stage.subscribe(slow)
    [quick] = await _sinks(stage, 1)
    for seen in range(4, 62, 4):
        stage.happen(4)
        await quick.until(seen)
    slow.make_room()
    assert await slow.until(2) == [1, ("SLOW_CONSUMER", 60)]
    stage.happen()
    assert (await slow.until(3))[-1] == 61


async def test_a_removed_member_gets_nothing_behind_the_removal(stage: Stage) -> None:
    gone = stage.memberships.a_member()
    removed, [other] = MemorySink(), await _sinks(stage, 1)
    await stage.subscribe(removed, by=gone)
    stage.happen()
    await removed.until(1)
    del stage.memberships.role_by_user_id[gone]
    stage.happen(kind=ProjectEventKind.MEMBER_REMOVED)
    stage.happen(2)
    assert await removed.ended() == "FORBIDDEN"
    assert await other.until(4) == [1, 2, 3, 4]
    assert removed.seen == [1]


async def test_a_removed_member_who_is_behind_gets_nothing_more(stage: Stage) -> None:
    gone = stage.memberships.a_member()
    removed = MemorySink(room=1)
    await stage.subscribe(removed, by=gone)
    stage.happen(5)
    del stage.memberships.role_by_user_id[gone]
    stage.happen(kind=ProjectEventKind.MEMBER_REMOVED)
    removed.make_room()
    assert await removed.ended() == "FORBIDDEN"


async def test_another_role_is_told_to_the_one_it_concerns(stage: Stage) -> None:
    promoted = stage.memberships.a_member(Role.VIEWER)
    concerned, [other] = MemorySink(), await _sinks(stage, 1)
    await stage.subscribe(concerned, by=promoted)
    stage.memberships.role_by_user_id[promoted] = Role.ADMIN
    stage.happen(kind=ProjectEventKind.MEMBER_UPDATED)
    assert await concerned.until(2) == [1, ("ACCESS_CHANGED", 1)]
    stage.happen()
    assert (await concerned.until(3))[-1] == 2
    assert await other.until(2) == [1, 2]


async def test_access_that_was_lost_without_an_event_is_found_by_the_check(stage: Stage) -> None:
    gone = stage.memberships.a_member()
    removed = MemorySink()
    await stage.subscribe(removed, by=gone)
    del stage.memberships.role_by_user_id[gone]
    await stage.live.recheck()
    assert await removed.ended() == "FORBIDDEN"


async def test_a_stranger_is_refused_and_leaves_nothing_behind(stage: Stage) -> None:
    followers = _metric("taskwire_live_followers")
    with pytest.raises(Forbidden):
        await stage.subscribe(MemorySink(), by=UserId(new_id()))
    assert _metric("taskwire_live_followers") == followers


async def test_a_dependency_that_is_away_delays_and_loses_nothing(stage: Stage) -> None:
    sinks = await _sinks(stage, 2)
    stage.execution.errors = [Unavailable("Postgres is away")]
    stage.happen(3)
    for sink in sinks:
        assert await sink.until(3) == [1, 2, 3]


async def test_a_bug_ends_the_group_with_an_error_that_tells_nothing(stage: Stage) -> None:
    [sink] = await _sinks(stage, 1)
    stage.execution.errors = [RuntimeError("a secret of the implementation")]
    stage.happen()
    assert await sink.ended() == "INTERNAL"
    assert "secret" not in str(sink.last)


async def test_more_subscriptions_than_allowed_are_refused(stage: Stage) -> None:
    await _sinks(stage, LIMITS.followers)
    with pytest.raises(LimitExceeded):
        await stage.subscribe(MemorySink())


async def test_closing_ends_everything_at_once(stage: Stage) -> None:
    open_before = _metric("taskwire_subscriptions", field="projectEvents")
    sink = MemorySink()
    subscriber = await stage.subscribe(sink)
    assert _metric("taskwire_subscriptions", field="projectEvents") == open_before + 1
    subscriber.close(Ending.COMPLETED)
    subscriber.close(Ending.COMPLETED)
    [other] = await _sinks(stage, 1)
    stage.happen()
    await other.until(1)
    assert sink.seen == []
    assert _metric("taskwire_subscriptions", field="projectEvents") == open_before + 1


async def test_an_end_tells_what_was_delivered_and_why_it_came(stage: Stage) -> None:
    ends: list[SubscriberEnd] = []
    viewer_id = stage.memberships.a_member()
    sinks = [MemorySink(), MemorySink()]
    first, second = [await stage.subscribe(sink, by=viewer_id) for sink in sinks]
    first.when_ended = second.when_ended = ends.append
    stage.happen(2)
    await sinks[0].until(2)
    first.close(Ending.COMPLETED)
    first.close(Ending.DISCONNECTED)
    del stage.memberships.role_by_user_id[viewer_id]
    await stage.live.recheck()
    assert await sinks[1].ended() == "FORBIDDEN"
    assert [(end.ending, end.deliveries, end.resyncs) for end in ends] == [
        (Ending.COMPLETED, 2, 0),
        (Ending.ENDED, 2, 0),
    ]
    assert ends[0].last is None
    assert ends[1].last is not None


async def test_a_replay_and_a_resync_count_as_what_they_are(stage: Stage) -> None:
    ends: list[SubscriberEnd] = []
    sink = MemorySink()
    stage.happen(3)
    subscriber = await stage.subscribe(sink, after=1)
    subscriber.when_ended = ends.append
    assert await sink.until(2) == [2, 3]
    expired = MemorySink()
    other = await stage.subscribe(expired, after=99)
    other.when_ended = ends.append
    await expired.until(1)
    subscriber.close(Ending.DISCONNECTED)
    other.close(Ending.DISCONNECTED)
    assert [(end.deliveries, end.resyncs) for end in ends] == [(2, 0), (0, 1)]


async def test_a_stopping_process_ends_its_subscriptions() -> None:
    sink = MemorySink()
    async with AsyncExitStack() as stack:
        stage = Stage(LIMITS)
        live = await stack.enter_async_context(stage.live)
        async with stage.hub:
            await stage.subscribe(sink)
        assert await sink.ended() == "UNAVAILABLE"
        assert live is stage.live


async def test_responses_can_be_read_one_by_one(stage: Stage) -> None:
    stage.happen(3)
    operation = stage.execution.operation(stage.project_id, after=1)
    subscriber = await stage.live.subscribe(operation, stage.memberships.a_member())
    responses = SharedResponses(subscriber)
    read = [await asyncio.wait_for(anext(responses), 10) for _ in range(2)]
    assert [response.data for response in read] == [{"seq": 2}, {"seq": 3}]
    await responses.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(responses)


@pytest.mark.parametrize("seed", range(12))
async def test_everybody_gets_everything_once_and_in_order_whatever_happens(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same interleavings in each run
    async with _open(replace(LIMITS, lag_events=10_000, followers=200)) as stage:
        sinks: list[tuple[int, MemorySink]] = []
        await _join(stage, sinks, chance)
        for step in chance.choices([_join, _make_room, _happen], [1, 3, 6], k=120):
            await step(stage, sinks, chance)
            await asyncio.sleep(0)
        last = stage.last_seq
        for after, sink in sinks:
            sink.make_room()
            assert await sink.until(last - after) == list(range(after + 1, last + 1))


async def _join(stage: Stage, sinks: list[tuple[int, MemorySink]], chance: random.Random) -> None:
    after = chance.randint(0, stage.last_seq)
    sink = MemorySink(room=chance.choice([0, 3, 1_000_000]))
    sinks.append((after, sink))
    await stage.subscribe(sink, after=after)


async def _make_room(
    _stage: Stage, sinks: list[tuple[int, MemorySink]], chance: random.Random
) -> None:
    chance.choice(sinks)[1].make_room(chance.randint(1, 9))


async def _happen(
    stage: Stage, _sinks: list[tuple[int, MemorySink]], chance: random.Random
) -> None:
    stage.happen(chance.randint(1, 5))
