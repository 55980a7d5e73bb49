"""Pings for tens of thousands of quiet websockets, without a timer for each."""

import asyncio
from typing import Final, Protocol

# A tick pings a few dozen of 15,000: what else the loop has to do hardly waits.
_SLOTS: Final = 200


class Pinged(Protocol):
    """A websocket, as its keepalive sees it."""

    def ping(self) -> None:
        """Send a ping, or close: nobody has answered for too long."""
        ...


class Keepalive:
    """Pings each of its websockets once in the time, evenly spread over it.

    Runs while it has any.
    """

    def __init__(self, *, seconds: float) -> None:
        self._tick_seconds = seconds / _SLOTS
        self._slots: list[set[Pinged]] = [set() for _ in range(_SLOTS)]
        self._next_slot = 0
        self._present = 0
        self._joins = 0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, websocket: Pinged) -> int:
        """Ping it from now on → the slot to remove it from."""
        # By turns: those who come back all at once are not pinged all at once, nor at once.
        slot = (self._next_slot + _SLOTS // 2 + self._joins % (_SLOTS // 2)) % _SLOTS
        self._joins += 1
        self._slots[slot].add(websocket)
        self._present += 1
        if self._timer is None:
            self._wait()
        return slot

    def remove(self, websocket: Pinged, slot: int) -> None:
        """Leave it alone, if that has not been said before."""
        if websocket not in self._slots[slot]:
            return
        self._slots[slot].remove(websocket)
        self._present -= 1
        if not self._present and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._tick_seconds, self._tick)

    def _tick(self) -> None:
        self._wait()
        slot, self._next_slot = self._next_slot, (self._next_slot + 1) % _SLOTS
        # Whoever is closed leaves.
        for websocket in tuple(self._slots[slot]):
            websocket.ping()
