"""A planned subscription: its source events, and how they are executed."""

from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Sequence,
)
from typing import Any

from graphql import ExecutionResult

from graph.engine.sources import Context, Source

ExecuteEvents = Callable[[Sequence[Source], Context], Awaitable[list[ExecutionResult]]]


class PlannedSubscription:
    """The results of a subscription, one by one.

    Who has events of the source from elsewhere can execute them instead, many at once and
    in another context.
    """

    def __init__(
        self,
        *,
        source: AsyncIterable[Source],
        results: AsyncGenerator[ExecutionResult, None],
        execute_events: ExecuteEvents,
    ) -> None:
        self.source = source
        self.execute_events = execute_events
        self._results = results

    def __aiter__(self) -> AsyncIterator[ExecutionResult]:
        return self._results

    async def __anext__(self) -> ExecutionResult:
        return await anext(self._results)

    async def aclose(self) -> Any:  # noqa: ANN401 - as generators have it
        """Close the results and with them the source."""
        await self._results.aclose()
