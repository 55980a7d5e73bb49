import asyncio
import contextlib
import signal
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.embedded.child import Child, Command
from infra.embedded.errors import StackError
from infra.embedded.ports import LOOPBACK

_READY_POLL_SECONDS = 0.02


class Service(ABC):
    """A server of the embedded stack on a fixed loopback port.

    It can be started again after it was stopped or killed, and `async with` does both ends.
    """

    name: str
    ready_seconds = 30.0

    def __init__(self, *, port: int, log_path: Path) -> None:
        self.port = port
        self.log_path = log_path
        self._child: Child | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where clients connect to, credentials included."""

    @property
    def pid(self) -> int:
        """The process id; StackError when it does not run."""
        return self._running().pid

    @property
    def is_running(self) -> bool:
        """Whether the process was started and has not been seen to end."""
        return self._child is not None and self._child.is_running

    async def start(self) -> None:
        """Return when the server answers; StackError says why it does not."""
        if self.is_running:
            return
        self._child = await Child.start(await self._prepare())
        try:
            await self._wait_until_ready(self._child)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End the server in an orderly way; nothing happens when it does not run."""
        if self._child is not None:
            await self._child.stop()

    async def kill(self) -> None:
        """End the server as a crash would, and return when nothing of it is left."""
        await self._running().kill()

    def pause(self) -> None:
        """Freeze the process (SIGSTOP): its connections stay open and silent."""
        self._running().signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen process continue."""
        self._running().signal(signal.SIGCONT)

    async def wait(self) -> str:
        """Return what best says why, once the process ends."""
        child = self._running()
        status = await child.wait()
        return child.last_words() if status >= 0 else f"killed by {signal.Signals(-status).name}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @abstractmethod
    async def _prepare(self) -> Command:
        """Make what the server needs and return what to run."""

    @abstractmethod
    async def _answers(self) -> bool:
        """Say whether the server serves clients now."""

    def _running(self) -> Child:
        if self._child is None:
            raise StackError(f"{self.name} was not started")
        return self._child

    async def _wait_until_ready(self, child: Child) -> None:
        try:
            async with asyncio.timeout(self.ready_seconds):
                while child.is_running:
                    if await self._answers():
                        return
                    await asyncio.sleep(_READY_POLL_SECONDS)
        except TimeoutError as error:
            raise StackError(
                f"{self.name} is not ready after {self.ready_seconds:g} s: see {self.log_path}"
            ) from error
        raise StackError(f"{self.name} does not start: {child.last_words()}")


async def ask_port(port: int, request: bytes, *, answer_bytes: int) -> bytes | None:
    """Send the request to the loopback port → that many bytes of the answer.

    None when nobody listens or the answer breaks off.
    """
    try:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return None
    try:
        writer.write(request)
        return await reader.readexactly(answer_bytes)
    except (OSError, asyncio.IncompleteReadError):
        return None
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
