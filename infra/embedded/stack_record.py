import asyncio
import contextlib
import json
import os
import signal
from dataclasses import asdict, dataclass, field
from pathlib import Path

from infra.embedded.data_dir import DataDir
from infra.embedded.errors import StackError

_FILE = "stack.json"
_LEAVE_SECONDS = 15.0
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningMember:
    """A process of the stack; started tells it from a later process with the same pid."""

    name: str
    pid: int
    started: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StackRecord:
    """How to reach a running stack; database_url is empty until the schema is up to date.

    metrics_urls has the address that Prometheus reads for each of Taskwire's processes.
    It holds passwords, so its file is for the owner alone.
    """

    supervisor: RunningMember
    url: str
    database_url: str
    redis_url: str
    kafka_bootstrap: str
    members: tuple[RunningMember, ...]
    metrics_urls: dict[str, str] = field(default_factory=dict)


def write_record(data_dir: DataDir, record: StackRecord) -> None:
    """Publish the running stack for data commands."""
    data_dir.write_text(_FILE, json.dumps(asdict(record), indent=2))


def find_record(data_dir: DataDir) -> StackRecord | None:
    """Return what the last stack published, or None if there is none; it may have ended since."""
    try:
        content = json.loads((data_dir.path / _FILE).read_text())
        members = tuple(RunningMember(**member) for member in content.pop("members"))
        supervisor = RunningMember(**content.pop("supervisor"))
        return StackRecord(**content, supervisor=supervisor, members=members)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        raise StackError(f"{data_dir.path / _FILE} is damaged: {error}") from error


def find_running(data_dir: DataDir) -> StackRecord | None:
    """Return how to reach the stack, or None when none runs."""
    record = find_record(data_dir)
    return record if record is not None and _is_alive(record.supervisor) else None


def remove_record(data_dir: DataDir) -> None:
    """Say that no stack runs."""
    (data_dir.path / _FILE).unlink(missing_ok=True)


def running_member(name: str, pid: int) -> RunningMember:
    """Return the record of a process that runs now."""
    return RunningMember(name=name, pid=pid, started=_start_time(pid))


async def end_leftovers(data_dir: DataDir) -> None:
    """Wait for the processes of a stack that died, and kill those that do not leave.

    They leave on their own when the supervisor dies; this covers starting again at once.
    """
    record = find_record(data_dir)
    if record is None:
        return
    try:
        async with asyncio.timeout(_LEAVE_SECONDS):
            # Processes of another parent have no event to await.
            while any(_is_alive(member) for member in record.members):  # noqa: ASYNC110
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        for member in filter(_is_alive, record.members):
            with contextlib.suppress(ProcessLookupError):
                os.kill(member.pid, signal.SIGKILL)
    remove_record(data_dir)


def _is_alive(member: RunningMember) -> bool:
    return bool(member.started) and _start_time(member.pid) == member.started


def _start_time(pid: int) -> str:
    """Return the start time of the process in clock ticks since boot, or '' when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    # The name in parentheses may hold anything; state is field 3 and the start time field 22.
    fields = text.rpartition(")")[2].split()
    state, started = fields[0], fields[19]
    return "" if state == "Z" else started
