"""Frames on their way to one client: written at once while it reads, else few and few bytes."""

import asyncio
from collections import deque
from typing import Final

from infra.metrics import LIVE_QUEUED_MESSAGES
from web.websocket.wire import Wire

# An asyncio.Event for each of tens of thousands of idle connections would take a kilobyte.
_NO_FRAMES: Final[deque[bytes]] = deque(maxlen=0)


class SendQueue:
    """A queue in front of a wire, bounded in frames and in bytes.

    A frame greater than the bound goes through when the queue is empty. Frames wait only while
    the wire is congested.
    """

    __slots__ = ("_bytes", "_bytes_max", "_frames", "_frames_max", "_waiters", "wire")

    def __init__(self, wire: Wire, *, frames_max: int, bytes_max: int) -> None:
        self.wire = wire
        self._frames_max = frames_max
        self._bytes_max = bytes_max
        self._frames = _NO_FRAMES
        self._bytes = 0
        self._waiters: list[asyncio.Future[None]] = []

    def offer(self, *frames: bytes) -> bool:
        """Send all of them if there is room now; return whether there was."""
        if not self._frames and not self.wire.is_congested:
            for frame in frames:
                self.wire.write(frame)
            return True
        if not self._fits(sum(map(len, frames))):
            return False
        self.append(*frames)
        return True

    def append(self, *frames: bytes) -> None:
        """Send them, whether there is room or not."""
        if not self._frames:
            self._frames = deque()
        self._frames.extend(frames)
        self._bytes += sum(map(len, frames))
        LIVE_QUEUED_MESSAGES.inc(len(frames))
        if not self.wire.is_congested:
            self.flush()

    async def put(self, *frames: bytes) -> None:
        """Send all of them, side by side, when there is room."""
        while not self.offer(*frames):
            await self._wait()

    async def wait_for_room(self) -> None:
        """Return when less than half of the frames that fit are waiting."""
        while len(self._frames) * 2 > self._frames_max:
            await self._wait()

    async def wait_until_empty(self) -> None:
        """Return when everything has been handed to the wire."""
        while self._frames:
            await self._wait()

    def flush(self) -> None:
        """Write what waits, as far as the client reads."""
        written = 0
        while self._frames and not self.wire.is_congested:
            frame = self._frames.popleft()
            self._bytes -= len(frame)
            self.wire.write(frame)
            written += 1
        LIVE_QUEUED_MESSAGES.dec(written)
        if not self._frames:
            self._frames = _NO_FRAMES
        self._wake()

    def discard(self) -> None:
        """Forget what waits: nobody will read it."""
        LIVE_QUEUED_MESSAGES.dec(len(self._frames))
        self._frames = _NO_FRAMES
        self._bytes = 0
        self._wake()

    @property
    def is_crowded(self) -> bool:
        """Whether more than half of the frames that fit are waiting."""
        return len(self._frames) * 2 > self._frames_max

    def __bool__(self) -> bool:
        return bool(self._frames)

    def _fits(self, size: int) -> bool:
        return not self._frames or (
            len(self._frames) < self._frames_max and self._bytes + size <= self._bytes_max
        )

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def _wait(self) -> None:
        """Return after the next change. Whoever calls bounds the time."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter
