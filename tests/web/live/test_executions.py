"""What of several projects is executed in one pass, and who hears of what went wrong."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from graphql import ExecutionResult

from domain.errors import Forbidden, Unavailable
from domain.events import ProjectEvent
from domain.identifiers import ProjectId
from graph.live_updates import Update
from tests.builders import new_id
from tests.builders.events import an_event
from tests.web.live.operations import Execution
from web.live.executions import Executions
from web.live.results import LiveResult

Results = asyncio.Task[Sequence[LiveResult]]


class Stage:
    """Executions, one pass at a time, and what is asked of them."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self.execution = Execution()
        self._executions = Executions(tasks.create_task, concurrent_passes=1)
        self._background: set[Results] = set()

    def ask(self, *seqs: int, key: str = "same") -> Results:
        """Have events of another project executed."""
        project_id = ProjectId(new_id())
        operation = self.execution.operation(project_id, key=key)
        events = [an_event(project_id=project_id, seq=seq) for seq in seqs]
        task = asyncio.create_task(self._ask(operation, events))
        self._background.add(task)
        return task

    async def _ask(self, *asked: object) -> Sequence[LiveResult]:
        return await self._executions.run(*asked)  # type: ignore[arg-type]

    async def hold(self) -> Results:
        """Begin a pass that does not end before `may_run` is set."""
        self.execution.may_run.clear()
        task = self.ask(0)
        for _ in range(5):
            await asyncio.sleep(0)
        return task


async def _seqs(task: Results) -> list[object]:
    return [(result.response.data or {})["seq"] for result in await task]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with asyncio.TaskGroup() as tasks:
        yield Stage(tasks)


async def test_what_happens_in_several_projects_meanwhile_shares_a_pass(stage: Stage) -> None:
    await stage.hold()
    asked = [stage.ask(1, 2), stage.ask(3), stage.ask(4, 5)]
    await asyncio.sleep(0)
    stage.execution.may_run.set()

    assert [await _seqs(task) for task in asked] == [[1, 2], [3], [4, 5]]
    assert stage.execution.batches == [[0], [1, 2, 3, 4, 5]]


async def test_what_selects_something_else_has_passes_of_its_own(stage: Stage) -> None:
    await stage.hold()
    asked = [stage.ask(1), stage.ask(2, key="other")]
    await asyncio.sleep(0)
    stage.execution.may_run.set()

    assert [await _seqs(task) for task in asked] == [[1], [2]]
    assert sorted(stage.execution.batches) == [[0], [1], [2]]


async def test_a_pass_is_no_longer_than_its_first_wait_for(stage: Stage) -> None:
    await stage.hold()
    asked = [stage.ask(*range(1, 65)), stage.ask(*range(65, 129)), stage.ask(129)]
    await asyncio.sleep(0)
    stage.execution.may_run.set()
    await asyncio.gather(*asked)

    assert [len(batch) for batch in stage.execution.batches] == [1, 128, 1]


async def test_those_who_have_gone_are_not_executed_for(stage: Stage) -> None:
    await stage.hold()
    staying, *gone = stage.ask(1), stage.ask(2), stage.ask(3, key="other")
    await asyncio.sleep(0)
    for task in gone:
        task.cancel()
    await asyncio.wait(gone)
    stage.execution.may_run.set()

    assert await _seqs(staying) == [1]
    assert stage.execution.batches == [[0], [1]]


async def test_what_passes_is_tried_again_with_those_who_have_come(stage: Stage) -> None:
    stage.execution.errors.append(Unavailable("away"))
    first = stage.ask(1)
    await asyncio.sleep(0)
    second = stage.ask(2)

    assert [await _seqs(first), await _seqs(second)] == [[1], [2]]
    assert stage.execution.batches == [[1, 2]]


async def test_what_can_not_be_executed_ends_nobody_else(stage: Stage) -> None:
    class Refusing(Execution):
        async def run(self, updates: Sequence[Update], context: object) -> list[ExecutionResult]:
            if any(isinstance(u, ProjectEvent) and u.seq == 2 for u in updates):
                await super().run([], context)
                raise Forbidden("Not this one.")
            return await super().run(updates, context)

    held = await stage.hold()
    refusing = Refusing()
    held_execution, stage.execution = stage.execution, refusing
    asked = [stage.ask(1), stage.ask(2), stage.ask(3)]
    await asyncio.sleep(0)
    held_execution.may_run.set()
    await held

    assert [await _seqs(asked[0]), await _seqs(asked[2])] == [[1], [3]]
    with pytest.raises(Forbidden):
        await asked[1]
    assert refusing.batches == [[], [1], [], [3]]
