"""Work that several ask for at the same time, done once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class SharedWork(Generic[T]):
    """One of those who ask for the same works; the others wait for what comes of it.

    Nothing is kept: who asks afterwards works anew. When whoever works fails or is cancelled,
    another one of them does it instead.
    """

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Future[T | None]] = {}

    async def do(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """The result of the work, which must not be None and bounds its own time."""
        while (under_way := self._under_way.get(key)) is not None:
            result = await asyncio.shield(under_way)
            if result is not None:
                return result
        # Nothing is awaited before this: one at a time works for a key.
        future = self._under_way[key] = asyncio.get_running_loop().create_future()
        made: T | None = None
        try:
            made = await work()
        finally:
            del self._under_way[key]
            future.set_result(made)
        return made
