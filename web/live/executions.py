"""Executing live operations: what waits at the same time runs together."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Hashable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from domain.events import ProjectEvent
from graph.live_updates import LiveOperation
from infra.backoff import Backoff
from web.live.results import LiveResult, is_passing
from web.live.shared_work import SharedWork
from web.live.subscriber import Update

_LOG = logging.getLogger(__name__)

# Live updates leave database connections to requests.
CONCURRENT_PASSES: Final = 4
# Longer than the statements of one pass may take.
_PASS_SECONDS: Final = 30.0
# The first of a pass wait for the last.
_UPDATES_PER_PASS: Final = 128

Spawn = Callable[[Coroutine[None, None, None]], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    operation: LiveOperation
    updates: Sequence[Update]
    results: "asyncio.Future[Sequence[LiveResult]]"


class Executions:
    """Executes each update once for all who want the same of it.

    The projects of a workspace share passes: while one runs, what happens in any of them
    gathers for the next. So the busier it is, the fewer statements an update costs.
    """

    def __init__(self, spawn: Spawn, *, concurrent_passes: int = CONCURRENT_PASSES) -> None:
        """`spawn` starts a task that outlives whose request began it."""
        self._spawn = spawn
        self._passes = asyncio.Semaphore(concurrent_passes)
        self._shared: SharedWork[Sequence[LiveResult]] = SharedWork()
        self._queue_by_key: dict[Hashable, list[_Waiting]] = {}

    async def run(
        self, operation: LiveOperation, updates: Sequence[Update]
    ) -> Sequence[LiveResult]:
        """A result for each update; waits while something can't be read.

        Those who catch up with the same share one execution, as groups do.
        """
        # A topic has the same between two of its updates for all who select the same.
        key = operation.key, _identity(updates[0]), _identity(updates[-1])
        return await self._shared.do(key, lambda: self._wait(operation, updates))

    async def _wait(
        self, operation: LiveOperation, updates: Sequence[Update]
    ) -> Sequence[LiveResult]:
        results: asyncio.Future[Sequence[LiveResult]] = asyncio.get_running_loop().create_future()
        waiting = _Waiting(operation=operation, updates=updates, results=results)
        queue = self._queue_by_key.get(operation.batch_key)
        if queue is None:
            queue = self._queue_by_key[operation.batch_key] = [waiting]
            self._spawn(self._work_off(operation.batch_key, queue))
        else:
            queue.append(waiting)
        return await results

    async def _work_off(self, batch_key: Hashable, queue: list[_Waiting]) -> None:
        backoff = Backoff(first=0.1, longest=2.0)
        try:
            while queue:
                try:
                    await self._pass(queue)
                    backoff.reset()
                except Exception as error:
                    if not is_passing(error):
                        raise
                    _LOG.warning("live updates wait for a dependency: %s", error)
                    await backoff.sleep()
        finally:
            del self._queue_by_key[batch_key]
            for waiting in queue:
                waiting.results.cancel()

    async def _pass(self, queue: list[_Waiting]) -> None:
        """Execute what waits by the time a pass is free; raise only what passes."""
        async with self._passes:
            batch = _beginning_of(queue)
            if batch:
                await _answer(batch)
        del queue[: len(batch)]


def _beginning_of(queue: list[_Waiting]) -> list[_Waiting]:
    """What fits into a pass of what is still wanted; the rest is forgotten."""
    queue[:] = [waiting for waiting in queue if not waiting.results.done()]
    batch: list[_Waiting] = []
    count = 0
    for waiting in queue:
        count += len(waiting.updates)
        if batch and count > _UPDATES_PER_PASS:
            break
        batch.append(waiting)
    return batch


async def _answer(batch: Sequence[_Waiting]) -> None:
    updates = [update for waiting in batch for update in waiting.updates]
    try:
        async with asyncio.timeout(_PASS_SECONDS):
            responses = await batch[0].operation.run(updates)
    except Exception as error:
        if is_passing(error):
            raise
        if len(batch) == 1:
            _settle(batch[0], error)
            return
        # What can't be executed ends its own subscriptions only.
        for waiting in batch:
            await _answer([waiting])
        return
    results = iter(responses)
    for waiting in batch:
        _settle(waiting, [LiveResult(r) for r in islice(results, len(waiting.updates))])


def _settle(waiting: _Waiting, outcome: Sequence[LiveResult] | Exception) -> None:
    if waiting.results.done():
        return
    if isinstance(outcome, Exception):
        waiting.results.set_exception(outcome)
    else:
        waiting.results.set_result(outcome)


def _identity(update: Update) -> Hashable:
    return update.id if isinstance(update, ProjectEvent) else (update.reason, update.cursor)
