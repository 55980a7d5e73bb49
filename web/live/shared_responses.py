"""A subscriber's responses for a reader that asks for them one by one."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from typing import Any, Final

from graph.operation import GraphResponse
from web.live.results import LiveResult
from web.live.subscriber import Ending, Subscriber

_RESPONSES_MAX: Final = 256


class SharedResponses(AsyncGenerator[GraphResponse, None]):
    """The responses of a subscriber, which another sink may be started with instead."""

    def __init__(self, subscriber: Subscriber) -> None:
        self.subscriber = subscriber
        self._queue: _ResponseQueue | None = None

    async def asend(self, _value: None) -> GraphResponse:
        """The next response."""
        if self._queue is None:
            self._queue = _ResponseQueue()
            self.subscriber.start(self._queue)
        response = await self._queue.take()
        if response is None:
            raise StopAsyncIteration
        return response

    async def athrow(self, *error: Any) -> GraphResponse:  # noqa: ANN401 - as generators have it
        """Close, and raise the error."""
        self.subscriber.close(Ending.DISCONNECTED)
        [first, *_] = error
        raise first

    async def aclose(self) -> None:
        """Stop following."""
        self.subscriber.close(Ending.DISCONNECTED)
        if self._queue is not None:
            self._queue.finish()


class _ResponseQueue:
    """A sink with one reader and a bound."""

    def __init__(self) -> None:
        self._responses: deque[GraphResponse] = deque()
        self._is_finished = False
        self._has_news = asyncio.Event()
        self._has_room = asyncio.Event()

    def push(self, result: LiveResult) -> bool:
        """Keep it for the reader; False when too many are kept."""
        if len(self._responses) >= _RESPONSES_MAX:
            self._has_room.clear()
            return False
        self._responses.append(result.response)
        self._has_news.set()
        return True

    async def wait_for_room(self) -> None:
        """Return when there is room."""
        if len(self._responses) >= _RESPONSES_MAX:
            self._has_room.clear()
            await self._has_room.wait()

    def end(self, last: GraphResponse) -> None:
        """Keep it whatever is there: it is the last."""
        self._responses.append(last)
        self.finish()

    def finish(self) -> None:
        """Let the reader end behind what is kept."""
        self._is_finished = True
        self._has_news.set()

    async def take(self) -> GraphResponse | None:
        """The oldest; None when there is none and none will come."""
        while not self._responses:
            if self._is_finished:
                return None
            self._has_news.clear()
            await self._has_news.wait()
        self._has_room.set()
        return self._responses.popleft()
