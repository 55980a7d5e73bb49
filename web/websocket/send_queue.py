"""Messages on their way to one client: few, and few bytes."""

import asyncio
from collections import deque


class SendQueue:
    """A queue with one reader, bounded in messages and in characters.

    A message greater than the bound goes through when the queue is empty.
    """

    def __init__(self, *, messages_max: int, characters_max: int) -> None:
        self._messages_max = messages_max
        self._characters_max = characters_max
        self._messages: deque[str] = deque()
        self._characters = 0
        self._has_message = asyncio.Event()
        self._has_room = asyncio.Event()

    def offer(self, *messages: str) -> bool:
        """Append all of them if there is room now; return whether there was."""
        if not self._fits(sum(map(len, messages))):
            return False
        for message in messages:
            self._messages.append(message)
            self._characters += len(message)
        self._has_message.set()
        return True

    async def put(self, *messages: str) -> None:
        """Append all of them, side by side, when there is room."""
        while not self.offer(*messages):
            self._has_room.clear()
            await self._has_room.wait()

    async def first(self) -> str:
        """The oldest message, which stays until it is dropped."""
        while not self._messages:
            self._has_message.clear()
            await self._has_message.wait()
        return self._messages[0]

    def drop_first(self) -> None:
        """Remove the oldest message."""
        self._characters -= len(self._messages.popleft())
        self._has_room.set()

    @property
    def is_crowded(self) -> bool:
        """Whether more than half of the messages that fit are waiting."""
        return len(self._messages) * 2 > self._messages_max

    def __bool__(self) -> bool:
        return bool(self._messages)

    def _fits(self, characters: int) -> bool:
        return not self._messages or (
            len(self._messages) < self._messages_max
            and self._characters + characters <= self._characters_max
        )
