"""Commands and their transactions, in spans."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from domain.commands.execution import Command, CommandBus, Handler, Outcome
from domain.identifiers import UserId
from domain.ports import BriefWorkFactory, UnitOfWork, UnitOfWorkFactory
from domain.reads import TasksWanted
from infra.telemetry.tracing import Tracing

C = TypeVar("C", bound=Command)
O = TypeVar("O")  # noqa: E741 - as in the bus: the outcome's object


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedCommandBus(CommandBus):
    """A bus that makes a span of every command, named by the command."""

    tracing: Tracing

    async def run(
        self,
        handler: Handler[C, O],
        command: C,
        *,
        actor_id: UserId,
        wanted: TasksWanted | None = None,
    ) -> Outcome[O]:
        """The outcome, committed; on any error nothing has happened."""
        with self.tracing.inside(f"command {type(command).__name__}"):
            return await CommandBus.run(self, handler, command, actor_id=actor_id, wanted=wanted)


def traced_units_of_work(units: UnitOfWorkFactory, tracing: Tracing) -> UnitOfWorkFactory:
    """The same transactions, each in a span."""

    @asynccontextmanager
    async def open_traced() -> AsyncIterator[UnitOfWork]:
        with tracing.inside("unit of work"):
            async with units() as work:
                yield work

    def open_unit() -> AbstractAsyncContextManager[UnitOfWork]:
        return open_traced()

    return open_unit


def traced_brief_work(brief: BriefWorkFactory, tracing: Tracing) -> BriefWorkFactory:
    """The same brief units of work, each in a span."""

    @asynccontextmanager
    async def open_traced(wanted: TasksWanted | None) -> AsyncIterator[UnitOfWork]:
        with tracing.inside("unit of work"):
            async with brief(wanted) as work:
                yield work

    return open_traced
