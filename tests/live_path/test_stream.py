"""The whole path for real: a stream of changes while everything on the way is killed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from infra.embedded.broker import Broker
from infra.embedded.valkey import Valkey
from infra.settings import Settings
from tests.builders.events import WrittenProject
from tests.live_path.followers import seqs_until
from tests.live_path.processes import TaskwireProcess
from web.live.hub import LiveHub

pytestmark = pytest.mark.stack

Disaster = Callable[[], Awaitable[None]]


@pytest.fixture
async def relay(settings: Settings, tmp_path: Path) -> AsyncIterator[TaskwireProcess]:
    async with TaskwireProcess("relay", settings, tmp_path / "relay.log") as process:
        yield process


@pytest.fixture
async def bridge(settings: Settings, tmp_path: Path) -> AsyncIterator[TaskwireProcess]:
    async with TaskwireProcess("bridge", settings, tmp_path / "bridge.log") as process:
        yield process


async def _write(project: WrittenProject, count: int, pause_seconds: float) -> None:
    for _ in range(count):
        await project.write()
        await asyncio.sleep(pause_seconds)


async def test_every_follower_sees_every_seq_once_whatever_is_killed(
    project: WrittenProject,
    hub: LiveHub,
    relay: TaskwireProcess,
    bridge: TaskwireProcess,
    private_broker: Broker,
    private_valkey: Valkey,
) -> None:
    total = 300
    disasters: list[Disaster] = [
        relay.restart,
        bridge.restart,
        private_broker.kill,
        private_broker.start,
        private_valkey.kill,
        private_valkey.start,
        relay.restart,
        bridge.restart,
    ]

    async def wreak_havoc() -> None:
        for disaster in disasters:
            await asyncio.sleep(0.6)
            await disaster()

    async with asyncio.TaskGroup() as group:
        early = [
            group.create_task(seqs_until(hub, project.id, after=0, last=total)) for _ in range(5)
        ]
        group.create_task(_write(project, total, 0.02))
        group.create_task(wreak_havoc())
        await asyncio.sleep(3)
        late = group.create_task(seqs_until(hub, project.id, after=10, last=total))
    for task in early:
        assert task.result() == list(range(1, total + 1))
    assert late.result() == list(range(11, total + 1))


async def test_through_the_whole_path_an_event_takes_a_fraction_of_the_watchdogs_second(
    project: WrittenProject, hub: LiveHub, relay: TaskwireProcess, bridge: TaskwireProcess
) -> None:
    assert relay is not bridge
    clock = asyncio.get_running_loop().time
    quick_in_a_row = 0
    async with hub.follow(project.id, after=None) as updates, asyncio.timeout(40):
        # Until both processes are up, the watchdog brings the news.
        while quick_in_a_row < 5:
            written_at = clock()
            await project.write()
            await anext(updates)
            is_quick = clock() - written_at < 0.25
            quick_in_a_row = quick_in_a_row + 1 if is_quick else 0
