import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from infra.embedded.child import Command
from infra.embedded.errors import StackError
from infra.embedded.service import Service
from infra.embedded.supervisor import Supervisor


class Shell(Service):
    """A member that runs a line of shell and is ready at once."""

    name = "shell"

    def __init__(self, line: str, *, log_path: Path) -> None:
        super().__init__(port=0, log_path=log_path)
        self.starts = 0
        self._line = line

    @property
    def url(self) -> str:
        return ""

    async def _prepare(self) -> Command:
        self.starts += 1
        return Command(
            arguments=("/bin/sh", "-c", self._line), log_path=self.log_path, stop_seconds=0.5
        )

    async def _answers(self) -> bool:
        return True


@pytest.fixture
async def reports() -> list[str]:
    return []


@pytest.fixture
async def supervisor(reports: list[str]) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(report=reports.append, on_change=lambda: None)
    yield supervisor
    await supervisor.stop()


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - the member has no event
            await asyncio.sleep(0.01)


async def test_a_crash_loop_is_slowed_down_and_seldom_reported(
    tmp_path: Path, supervisor: Supervisor, reports: list[str]
) -> None:
    member = Shell("echo 'FATAL: no luck' >&2; exit 3", log_path=tmp_path / "log")
    await supervisor.start([member])
    await _until(lambda: member.starts == 4)
    assert reports == [
        "shell ended and is started again (1): FATAL: no luck",
        "shell ended and is started again (2): FATAL: no luck",
    ]


async def test_members_end_in_the_reverse_order_of_their_stages(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    order = tmp_path / "order"
    line = "trap 'echo {0} >> {1}; exit' TERM; touch {2}; while :; do sleep 0.02; done"
    ready = [tmp_path / "first.ready", tmp_path / "second.ready"]
    for name, path in zip(("first", "second"), ready, strict=True):
        member = Shell(line.format(name, order, path), log_path=tmp_path / "log")
        await supervisor.start([member])
    await _until(lambda: all(path.exists() for path in ready))
    await supervisor.stop()
    assert order.read_text().split() == ["second", "first"]


async def test_a_member_that_ignores_its_end_is_killed_with_its_children(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    pids = tmp_path / "pids"
    line = f"trap '' TERM; sleep 600 & echo $$ $! > {pids}; wait; sleep 600"
    member = Shell(line, log_path=tmp_path / "log")
    await supervisor.start([member])
    await _until(lambda: pids.exists() and len(pids.read_text().split()) == 2)
    found = [int(pid) for pid in pids.read_text().split()]
    await supervisor.stop()
    await _until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in found))


async def test_a_member_that_cannot_start_fails_the_stage(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    class Silent(Shell):
        async def _answers(self) -> bool:
            return False

    member = Silent("echo 'ERROR: no ink left'; exit 1", log_path=tmp_path / "log")
    with pytest.raises(StackError, match="shell does not start: ERROR: no ink left"):
        await supervisor.start([member])


async def test_a_member_that_is_never_ready_is_given_up(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    class Mute(Shell):
        ready_seconds = 0.1

        async def _answers(self) -> bool:
            return False

    member = Mute("sleep 600", log_path=tmp_path / "log")
    with pytest.raises(StackError, match=r"shell is not ready after 0\.1 s: see"):
        await supervisor.start([member])
    assert not member.is_running


async def test_a_killed_member_is_reported_by_its_signal(
    tmp_path: Path, supervisor: Supervisor, reports: list[str]
) -> None:
    member = Shell("echo all is well; sleep 600", log_path=tmp_path / "log")
    await supervisor.start([member])
    await member.kill()
    await _until(lambda: member.starts == 2)
    assert reports == ["shell ended and is started again (1): killed by SIGKILL"]
