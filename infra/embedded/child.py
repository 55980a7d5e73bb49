import asyncio
import contextlib
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

from infra.embedded.account import Account
from infra.embedded.errors import StackError

_LAUNCHER = Path(__file__).with_name("launcher.py")
# A killed process is gone as soon as the kernel gets to it; disk waits can delay that.
_REAP_SECONDS = 10.0
_TAIL_BYTES = 16 * 1024
# How our own command line begins its one line.
_OWN_MARK = "taskwire: "
_LOUD_MARKS = (_OWN_MARK, "FATAL", "PANIC", "No space left on device", "ERROR", "rror")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to run and how to end it.

    account is None to keep the present one. reach lets the account pass directories closed to it.
    death_signal is sent when the parent dies without a word.
    """

    arguments: tuple[str, ...]
    log_path: Path
    environment: dict[str, str] = field(default_factory=dict)
    account: Account | None = None
    reach: bool = False
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0


class Child:
    """A running process in a group of its own that ends with this process at the latest."""

    def __init__(
        self, command: Command, process: asyncio.subprocess.Process, log_start: int
    ) -> None:
        self._command = command
        self._process = process
        self._log_start = log_start

    @classmethod
    async def start(cls, command: Command) -> "Child":
        """Run the command with its output appended to the log file."""
        account = command.account
        launcher_arguments = (
            str(os.getpid()),
            str(int(command.death_signal)),
            "-" if account is None else str(account.uid),
            "-" if account is None else str(account.gid),
            "reach" if command.reach else "-",
        )
        with command.log_path.open("ab") as log:
            log_start = log.tell()
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                "-S",
                str(_LAUNCHER),
                *launcher_arguments,
                *command.arguments,
                env={"PATH": os.defpath, "LANG": "C.UTF-8", "TZ": "UTC", **command.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/" if account is not None else None,
            )
        return cls(command, process, log_start)

    @property
    def pid(self) -> int:
        """The process id, also the id of its process group."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process has not been seen to end."""
        return self._process.returncode is None

    async def wait(self) -> int:
        """Return the exit status once it ends; negative for a signal."""
        status = await self._process.wait()
        self._end_group()
        return status

    async def stop(self) -> None:
        """End the process by its own stop signal, by force when that takes too long."""
        if self.is_running:
            self.signal(self._command.stop_signal)
            # A stopped process cannot hear the request.
            self.signal(signal.SIGCONT)
            try:
                async with asyncio.timeout(self._command.stop_seconds):
                    await self._process.wait()
            except TimeoutError:
                await self.kill()
        self._end_group()

    async def kill(self) -> None:
        """End the process as `kill -9` does."""
        self.signal(signal.SIGKILL)
        async with asyncio.timeout(_REAP_SECONDS):
            await self._process.wait()
        self._end_group()

    def signal(self, number: signal.Signals) -> None:
        """Send the signal to the process if it still runs."""
        if self.is_running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def last_words(self) -> str:
        """Return the line of this run's output that best says why it ended."""
        with self._command.log_path.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            log.seek(max(min(self._log_start, end), end - _TAIL_BYTES))
            lines = log.read().decode(errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        for mark in _LOUD_MARKS:
            for line in reversed(said):
                if mark in line:
                    return line.removeprefix(_OWN_MARK)
        return said[-1] if said else "it said nothing"

    def _end_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


async def run_to_end(command: Command, *, purpose: str, seconds: float) -> None:
    """Run a command that ends by itself; StackError with its last words unless it succeeds."""
    child = await Child.start(command)
    try:
        async with asyncio.timeout(seconds):
            status = await child.wait()
    except TimeoutError as error:
        raise StackError(f"{purpose} did not end within {seconds:.0f} s") from error
    finally:
        await child.stop()
    if status != 0:
        raise StackError(f"{purpose} failed: {child.last_words()}")
