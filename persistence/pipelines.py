"""Executions of one statement that share a round trip.

Under load many requests ask for the same statement at once, each with its own parameters, and
round trips of their own would cost the process more than the rows do. So while a round trip is
under way, whoever asks for the same statement gathers, and those who did go together once it is
back. Nobody waits for others who might come: where nothing is under way, a statement goes at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeAlias

import asyncpg

from domain.errors import Unavailable
from persistence.compiled_statements import PipelinedStatement

Rows: TypeAlias = Sequence[asyncpg.Record]
Parameters: TypeAlias = Mapping[str, object]

# A longer round trip keeps the process waiting for Postgres, and then Postgres for the process.
_MOST_TOGETHER: Final = 6
# Whoever gathered behind a round trip that takes longer does not wait for it.
_LATE_SECONDS: Final = 0.02
_CLOSED: Final = "The database was closed."


@dataclass(slots=True, eq=False)
class _Execution:
    """One execution that somebody waits for."""

    parameters: Parameters
    rows: "asyncio.Future[Rows]"


@dataclass(slots=True, eq=False)
class _Line:
    """What is under way of one statement, and who gathers behind it, first come, first served."""

    under_way: int = 0
    gathered: list[_Execution] = field(default_factory=list)
    late: asyncio.TimerHandle | None = None


class Pipelines:
    """Lets executions of the same statement share round trips.

    `alone` makes a round trip for one; `together` makes one for several, and answers None where
    Postgres refused one of them and so did none. The executions of a statement go in the order
    in which they were asked for, as long as none of its round trips is late.
    """

    def __init__(
        self,
        *,
        alone: Callable[[PipelinedStatement, Parameters], Awaitable[Rows]],
        together: Callable[
            [PipelinedStatement, Sequence[Parameters]], Awaitable[Sequence[Rows] | None]
        ],
    ) -> None:
        self._alone = alone
        self._together = together
        # Of the statements of which something is under way; there is nothing of the others.
        self._lines: dict[PipelinedStatement, _Line] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def busy_count(self) -> int:
        """Of how many statements something is under way."""
        return len(self._lines)

    async def fetch(self, statement: PipelinedStatement, parameters: Parameters) -> Rows:
        """The rows of one execution; raises what its round trip raised."""
        line = self._lines.get(statement)
        if line is not None:
            return await self._gather(statement, line, parameters)
        line = self._lines[statement] = _Line(under_way=1)
        try:
            return await self._alone(statement, parameters)
        finally:
            # Not at once: whoever is woken with this one asks in the same turn of the loop.
            asyncio.get_running_loop().call_soon(self._next, statement, line)

    async def close(self) -> None:
        """End what is under way for several; whoever still waits is told that it is unavailable."""
        for line in self._lines.values():
            _start_no_more(line)
            _fail(line.gathered, Unavailable(_CLOSED))
            line.gathered.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _gather(
        self, statement: PipelinedStatement, line: _Line, parameters: Parameters
    ) -> Rows:
        loop = asyncio.get_running_loop()
        execution = _Execution(parameters, loop.create_future())
        line.gathered.append(execution)
        if line.late is None:
            line.late = loop.call_later(_LATE_SECONDS, self._start, statement, line)
        return await execution.rows

    def _next(self, statement: PipelinedStatement, line: _Line) -> None:
        line.under_way -= 1
        if line.gathered:
            self._start(statement, line)
        elif line.under_way == 0:
            del self._lines[statement]

    def _start(self, statement: PipelinedStatement, line: _Line) -> None:
        """Send the first of those who gathered."""
        _start_no_more(line)
        together, line.gathered = line.gathered[:_MOST_TOGETHER], line.gathered[_MOST_TOGETHER:]
        if line.gathered:
            loop = asyncio.get_running_loop()
            line.late = loop.call_later(_LATE_SECONDS, self._start, statement, line)
        line.under_way += 1
        # A task of its own: it goes on for the others when one of those who wait gives up.
        task = asyncio.create_task(self._run(statement, together))
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, statement, line, together))

    def _ended(
        self,
        statement: PipelinedStatement,
        line: _Line,
        together: Sequence[_Execution],
        task: "asyncio.Task[None]",
    ) -> None:
        # Whoever was answered asks again before this is called.
        self._tasks.discard(task)
        if task.cancelled():
            # In the middle of it, or before it began.
            _fail(together, Unavailable(_CLOSED))
        self._next(statement, line)

    async def _run(self, statement: PipelinedStatement, gathered: Sequence[_Execution]) -> None:
        # Whoever has given up meanwhile is not sent.
        together = [execution for execution in gathered if not execution.rows.done()]
        try:
            if together and not await self._share(statement, together):
                await self._one_by_one(statement, together)
        except Exception as error:  # noqa: BLE001 - it belongs to those who wait
            _fail(together, error)

    async def _share(self, statement: PipelinedStatement, together: Sequence[_Execution]) -> bool:
        parameters = [execution.parameters for execution in together]
        answers = await self._together(statement, parameters)
        if answers is None:
            return False
        for execution, rows in zip(together, answers, strict=True):
            if not execution.rows.done():
                execution.rows.set_result(rows)
        return True

    async def _one_by_one(
        self, statement: PipelinedStatement, together: Sequence[_Execution]
    ) -> None:
        """Let everybody have their own answer, in the same order."""
        for execution in together:
            if execution.rows.done():
                continue
            try:
                rows = await self._alone(statement, execution.parameters)
            except Exception as error:  # noqa: BLE001 - it belongs to who waits for this one
                _fail([execution], error)
            else:
                if not execution.rows.done():
                    execution.rows.set_result(rows)


def _start_no_more(line: _Line) -> None:
    if line.late is not None:
        line.late.cancel()
        line.late = None


def _fail(executions: Sequence[_Execution], error: Exception) -> None:
    for execution in executions:
        if not execution.rows.done():
            execution.rows.set_exception(error)
