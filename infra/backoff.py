"""Waiting longer after each failure in a row."""

import asyncio
import random
from typing import Final

_FACTOR: Final = 2.0


class Backoff:
    """Delays that double from `first` to at most `longest` seconds, each with its own jitter.

    Between half and all of the delay is waited, so that processes which failed
    together do not come back together.
    """

    def __init__(self, *, first: float = 0.1, longest: float = 3.0) -> None:
        self._first = first
        self._longest = longest
        self._delay = first

    def reset(self) -> None:
        """Begin anew after a success."""
        self._delay = self._first

    def next_delay(self) -> float:
        """The seconds to wait after one more failure."""
        delay = self._delay
        self._delay = min(self._delay * _FACTOR, self._longest)
        return delay * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing

    async def sleep(self) -> None:
        """Wait after one more failure."""
        await asyncio.sleep(self.next_delay())
