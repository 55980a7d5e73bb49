"""Presence on a real Valkey, alone and as a cluster."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from domain.errors import Unavailable
from domain.identifiers import ProjectId, UserId
from domain.presence import PresentMember, ReportPresence
from infra.embedded.ports import free_ports
from infra.embedded.valkey import Valkey
from infra.presence import RedisPresence
from tests.builders import new_id
from tests.infra.listeners import Inbox

pytestmark = pytest.mark.stack

CAME = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATER = CAME + timedelta(minutes=1)


@pytest.fixture
async def here(private_valkey: Valkey) -> AsyncIterator[RedisPresence]:
    async with RedisPresence(private_valkey.url) as store:
        yield store


@pytest.fixture
async def elsewhere(private_valkey: Valkey) -> AsyncIterator[RedisPresence]:
    """Another process."""
    async with RedisPresence(private_valkey.url) as store:
        yield store


@pytest.fixture
async def brief(private_valkey: Valkey) -> AsyncIterator[RedisPresence]:
    """A process whose signs of life count for a moment only."""
    async with RedisPresence(private_valkey.url, lifetime_seconds=0.2) as store:
        yield store


def _project() -> ProjectId:
    return ProjectId(new_id())


def _user() -> UserId:
    return UserId(new_id())


async def _until(is_so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while True:
            if await is_so():
                return
            await asyncio.sleep(0.02)


async def _is_empty(store: RedisPresence, project: ProjectId) -> bool:
    return await store.read(project) == ()


async def test_whoever_comes_is_seen_by_all_processes_in_order_of_coming(
    here: RedisPresence, elsewhere: RedisPresence
) -> None:
    project, ada, bob = _project(), _user(), _user()
    await here.keep(project, {bob: LATER})
    await elsewhere.keep(project, {ada: CAME})
    for store in (here, elsewhere):
        assert await store.read(project) == (
            PresentMember(user_id=ada, task_id=None, dragged_task_id=None, since=CAME),
            PresentMember(user_id=bob, task_id=None, dragged_task_id=None, since=LATER),
        )
    assert await here.read(_project()) == ()


async def test_whoever_leaves_one_process_is_there_until_they_leave_the_other(
    here: RedisPresence, elsewhere: RedisPresence
) -> None:
    project, ada, task = _project(), _user(), new_id()
    await here.keep(project, {ada: CAME})
    await elsewhere.keep(project, {ada: LATER})
    await here.report(ada, ReportPresence(project_id=project, task_id=task))
    await here.leave(project, [ada])
    [left] = await here.read(project)
    assert (left.task_id, left.since) == (task, LATER)
    await elsewhere.leave(project, [ada])
    assert await here.read(project) == ()


async def test_the_newest_report_replaces_the_one_before(here: RedisPresence) -> None:
    project, ada, task, dragged = _project(), _user(), new_id(), new_id()
    await here.keep(project, {ada: CAME})
    await here.report(ada, ReportPresence(project_id=project, task_id=task))
    await here.report(ada, ReportPresence(project_id=project, dragged_task_id=dragged))
    [member] = await here.read(project)
    assert (member.task_id, member.dragged_task_id) == (None, dragged)


async def test_a_report_told_anew_does_not_replace_what_is_known(here: RedisPresence) -> None:
    project, ada, task, old = _project(), _user(), new_id(), new_id()
    await here.report(ada, ReportPresence(project_id=project, task_id=task))
    await here.report(ada, ReportPresence(project_id=project, task_id=old), anew=True)
    [member] = await here.read(project)
    assert member.task_id == task


async def test_without_a_sign_of_life_they_are_gone(brief: RedisPresence) -> None:
    project, ada = _project(), _user()
    await brief.keep(project, {ada: CAME})
    await _until(lambda: _is_empty(brief, project))


async def test_a_drag_that_is_not_reported_again_ends_and_the_task_stays_in_view(
    here: RedisPresence, brief: RedisPresence
) -> None:
    project, ada, task = _project(), _user(), new_id()
    await here.keep(project, {ada: CAME})
    await brief.report(ada, ReportPresence(project_id=project, task_id=task, dragged_task_id=task))

    async def is_let_go() -> bool:
        [member] = await here.read(project)
        return member.dragged_task_id is None

    await _until(is_let_go)
    [member] = await here.read(project)
    assert member.task_id == task


async def test_somebody_who_only_reports_is_there_for_a_while(
    here: RedisPresence, brief: RedisPresence
) -> None:
    project, ada = _project(), _user()
    await here.report(ada, ReportPresence(project_id=project))
    [member] = await here.read(project)
    assert member.user_id == ada
    await brief.report(ada, ReportPresence(project_id=project))
    await _until(lambda: _is_empty(brief, project))


async def test_every_change_is_announced_and_a_renewal_is_not(
    here: RedisPresence, elsewhere: RedisPresence
) -> None:
    project, ada, inbox, is_listening = _project(), _user(), Inbox(), asyncio.Event()
    running = asyncio.create_task(elsewhere.run(on_restored=is_listening.set))
    try:
        async with asyncio.timeout(10):
            await is_listening.wait()
        await elsewhere.subscribe(project, inbox.receive)
        await here.keep(project, {ada: CAME})
        await inbox.next()
        await here.keep(project, {ada: CAME})
        await here.leave(project, [_user()])
        await here.report(ada, ReportPresence(project_id=project))
        await inbox.next()
        await here.leave(project, [ada])
        await inbox.next()
        assert inbox.messages.empty()
    finally:
        running.cancel()
        await asyncio.wait({running})


async def test_what_is_left_behind_vanishes_from_redis(
    brief: RedisPresence, private_valkey: Valkey
) -> None:
    await brief.keep(_project(), {_user(): CAME})
    async with Redis.from_url(private_valkey.url) as redis:

        async def is_clean() -> bool:
            return not await redis.keys("taskwire:presence:*")

        await _until(is_clean)


async def test_without_redis_it_says_so_and_goes_on_when_it_is_back(
    here: RedisPresence, private_valkey: Valkey
) -> None:
    project, ada = _project(), _user()
    await private_valkey.kill()
    with pytest.raises(Unavailable):
        await here.keep(project, {ada: CAME})
    # Left alone for a moment: refused without asking.
    with pytest.raises(Unavailable, match="a moment ago"):
        await here.read(project)
    await private_valkey.start()
    await _until(lambda: _is_kept(here, project, ada))
    [member] = await here.read(project)
    assert member.user_id == ada


async def _is_kept(store: RedisPresence, project: ProjectId, user_id: UserId) -> bool:
    try:
        await store.keep(project, {user_id: CAME})
    except Unavailable:
        return False
    return True


async def test_a_crowd_takes_no_more_room_than_it_may(here: RedisPresence) -> None:
    project = _project()
    await here.keep(project, {_user(): CAME for _ in range(1_500)})
    await here.report(_user(), ReportPresence(project_id=project))
    assert len(await here.read(project)) == 1_000


async def test_on_a_cluster_it_is_announced_on_the_node_that_has_it(tmp_path: Path) -> None:
    port, cluster_port = free_ports(2)
    node = Valkey(
        port=port,
        cluster_port=cluster_port,
        data_dir=tmp_path / "node",
        log_path=tmp_path / "node.log",
    )
    project, ada, inbox, is_listening = _project(), _user(), Inbox(), asyncio.Event()
    async with node, RedisPresence(node.url) as store:
        async with Redis.from_url(node.url) as redis:
            await redis.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)  # type: ignore[no-untyped-call]

            async def is_whole() -> bool:
                state = await redis.execute_command("CLUSTER INFO")  # type: ignore[no-untyped-call]
                return bool(state["cluster_state"] == "ok")

            await _until(is_whole)
        running = asyncio.create_task(store.run(on_restored=is_listening.set))
        try:
            async with asyncio.timeout(10):
                await is_listening.wait()
            await store.subscribe(project, inbox.receive)
            await store.keep(project, {ada: CAME})
            await inbox.next()
            [member] = await store.read(project)
            assert member.user_id == ada
        finally:
            running.cancel()
            await asyncio.wait({running})
