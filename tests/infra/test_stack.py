import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from infra.embedded.data_dir import DataDir, DataDirInUseError
from infra.embedded.errors import StackError
from infra.embedded.ports import free_ports, is_free
from infra.embedded.stack import Stack, database_for_command
from infra.embedded.stack_record import StackRecord, find_record
from infra.settings import Environment, Settings
from tests.infra.run_stand_in_stack import PROGRAM
from web.cli.examination import State, examine

pytestmark = pytest.mark.stack

MEMBERS = {"PostgreSQL", "Valkey", "Kafka broker", "relay", "bridge", "worker", "web"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningStack:
    """The stack in a process of its own, as `taskwire up` runs it."""

    process: asyncio.subprocess.Process
    data_dir: DataDir
    output: list[str]

    @property
    def record(self) -> StackRecord:
        record = find_record(self.data_dir)
        assert record is not None
        return record

    def pid_of(self, name: str) -> int:
        [pid] = [member.pid for member in self.record.members if member.name == name]
        return pid

    async def end(self, number: signal.Signals) -> int:
        """Send the signal to the supervisor → its exit status."""
        self.process.send_signal(number)
        async with asyncio.timeout(20):
            return await self.process.wait()


def _settings(data_dir: Path) -> Settings:
    [port] = free_ports(1)
    return Settings(data_dir=data_dir, port=port)


@contextlib.asynccontextmanager
async def _stack_process(settings: Settings) -> AsyncIterator[RunningStack]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.infra.run_stand_in_stack",
        env={
            **os.environ,
            "TASKWIRE_DATA_DIR": str(settings.data_dir),
            "TASKWIRE_PORT": str(settings.port),
        },
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    output: list[str] = []
    try:
        async with asyncio.timeout(30):
            async for line in process.stdout:
                output.append(line.decode())
                if b"ready on" in line:
                    break
        yield RunningStack(process=process, data_dir=DataDir(settings.data_dir), output=output)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        # Read to the end, or the transport stays open.
        output += [line.decode() async for line in process.stdout]
        await process.wait()


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - the processes of others have no event
            await asyncio.sleep(0.02)


def _with_descendants(pids: Iterable[int]) -> set[int]:
    """Return the processes and all they have started."""
    found: set[int] = set()
    pending = list(pids)
    while pending:
        pid = pending.pop()
        found.add(pid)
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        pending += [int(child) for child in children.split()]
    return found


def _is_gone(pid: int) -> bool:
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True


async def _value(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_every_process_and_a_second_run_keeps_the_data(
    tmp_path: Path, number: signal.Signals
) -> None:
    settings = _settings(tmp_path / "data")
    async with _stack_process(settings) as stack:
        assert {member.name for member in stack.record.members} == MEMBERS
        await _value(stack.record.database_url, "CREATE TABLE kept AS SELECT 42 AS answer")
        pids = _with_descendants([stack.process.pid])
        assert len(pids) > len(MEMBERS)
        assert await stack.end(number) == 0
        assert all(map(_is_gone, pids))
        assert find_record(stack.data_dir) is None
    async with _stack_process(settings) as stack:
        assert await _value(stack.record.database_url, "SELECT answer FROM kept") == 42
        assert not any("demo workspace is made" in line for line in stack.output)


@pytest.mark.parametrize("name", sorted(MEMBERS))
async def test_a_killed_child_is_started_again_at_the_same_address(
    running_stack: RunningStack, name: str
) -> None:
    before = running_stack.record
    pid = running_stack.pid_of(name)
    os.kill(pid, signal.SIGKILL)
    await _until(lambda: any(m.name == name and m.pid != pid for m in running_stack.record.members))
    after = running_stack.record
    assert (before.database_url, before.redis_url, before.kafka_bootstrap, before.url) == (
        after.database_url,
        after.redis_url,
        after.kafka_bootstrap,
        after.url,
    )
    assert {member.name for member in after.members} == MEMBERS
    assert await _value(after.database_url, "SELECT 1") == 1


@pytest.fixture(scope="module")
async def running_stack(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[RunningStack]:
    async with _stack_process(_settings(tmp_path_factory.mktemp("stack") / "data")) as stack:
        yield stack


async def test_data_commands_use_the_running_stack(running_stack: RunningStack) -> None:
    settings = _settings(running_stack.data_dir.path)
    async with database_for_command(settings, purpose="test") as url:
        assert url == running_stack.record.database_url
        assert await _value(url, "SELECT 1") == 1


async def test_doctor_sees_the_running_stack(running_stack: RunningStack) -> None:
    port = int(running_stack.record.url.rpartition(":")[2])
    settings = Settings(data_dir=running_stack.data_dir.path, port=port)
    finding_by_subject = {finding.subject: finding async for finding in examine(settings)}
    for subject in ("data", "port", "Redis", "Kafka", "web"):
        assert finding_by_subject[subject].state is State.GOOD, finding_by_subject[subject]
    assert finding_by_subject["port"].detail.endswith("is served by this stack")
    # The stand-in does not migrate.
    assert finding_by_subject["database"].state is State.BAD
    assert "'taskwire migrate'" in finding_by_subject["database"].detail


async def test_a_second_stack_on_the_same_data_is_refused_in_one_line(
    running_stack: RunningStack,
) -> None:
    settings = _settings(running_stack.data_dir.path)
    pid = running_stack.process.pid
    with pytest.raises(DataDirInUseError, match=rf"in use by 'taskwire up' \(process {pid}\)"):
        async with _stack_in_process(settings):
            pass


async def test_passwords_on_disk_are_for_the_owner_alone(running_stack: RunningStack) -> None:
    open_files = [
        path.name
        for path in running_stack.data_dir.path.iterdir()
        if path.is_file() and path.stat().st_mode & 0o077
    ]
    assert sorted(open_files) == ["lock", "taskwire.json"]


@contextlib.asynccontextmanager
async def _stack_in_process(settings: Settings) -> AsyncIterator[list[str]]:
    report: list[str] = []
    stack = Stack(settings, program=PROGRAM, report=report.append)
    async with stack.running():
        yield report


async def test_a_killed_supervisor_leaves_no_process_and_can_start_at_once(tmp_path: Path) -> None:
    settings = _settings(tmp_path / "data")
    async with _stack_process(settings) as stack:
        pids = _with_descendants([stack.process.pid])
        await stack.end(signal.SIGKILL)
        async with _stack_process(settings) as second:
            assert any("ready on" in line for line in second.output)
        await _until(lambda: all(map(_is_gone, pids)))


async def test_a_taken_port_is_named_in_one_line_before_anything_starts(tmp_path: Path) -> None:
    settings = _settings(tmp_path / "data")
    refused = pytest.raises(StackError, match=f"port {settings.port} .* is taken")
    with socket.create_server(("127.0.0.1", settings.port)), refused as refusal:
        async with _stack_in_process(settings):
            pass
    assert "\n" not in str(refusal.value)
    assert not (settings.data_dir / "postgres").exists()


async def test_a_process_that_cannot_start_fails_the_stack_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    settings = _settings(tmp_path / "data")
    stack = Stack(settings, program=("/nonexistent/taskwire",), report=lambda _: None)
    with pytest.raises(StackError, match="cannot run /nonexistent/taskwire"):
        async with stack.running():
            pass
    ports = json.loads((settings.data_dir / "ports.json").read_text())
    assert all(is_free(port) for port in ports.values())


async def test_the_embedded_stack_is_refused_outside_development(tmp_path: Path) -> None:
    settings = _settings(tmp_path).model_copy(update={"environment": Environment.PROD})
    with pytest.raises(StackError, match="is for dev, not prod"):
        Stack(settings, program=PROGRAM, report=lambda _: None)


async def test_a_data_command_starts_the_database_alone_and_ends_it(tmp_path: Path) -> None:
    settings = _settings(tmp_path / "data")
    async with database_for_command(settings, purpose="test") as url:
        assert await _value(url, "SELECT 1") == 1
        with pytest.raises(DataDirInUseError, match="'taskwire test'"):
            async with _stack_in_process(settings):
                pass
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncpg.connect(url)
    async with database_for_command(settings, purpose="test") as url:
        assert await _value(url, "SELECT 1") == 1


async def test_a_data_command_prefers_the_database_of_the_settings(tmp_path: Path) -> None:
    named = "postgresql://taskwire:password@db.internal/taskwire"
    settings = Settings(data_dir=tmp_path / "data", database_url=named)
    async with database_for_command(settings, purpose="test") as url:
        assert url == named
    assert not settings.data_dir.exists()


async def test_a_service_the_settings_name_is_not_started(
    tmp_path: Path, redis_url: str, kafka_bootstrap: str
) -> None:
    settings = _settings(tmp_path / "data").model_copy(
        update={"redis_url": redis_url, "kafka_bootstrap": kafka_bootstrap}
    )
    async with _stack_in_process(settings) as report:
        assert report[0] == "✓ PostgreSQL"
        record = find_record(DataDir(settings.data_dir))
        assert record is not None
        assert (record.redis_url, record.kafka_bootstrap) == (redis_url, kafka_bootstrap)
