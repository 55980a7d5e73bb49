"""Who shares a round trip with whom, without a Postgres."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import Integer, bindparam, select

from domain.errors import Unavailable
from persistence import pipelines as pipelines_module
from persistence.compiled_statements import EXECUTION, PipelinedStatement
from persistence.pipelines import Pipelines

_ECHO = PipelinedStatement(select(bindparam("number", type_=Integer), EXECUTION))
_OTHER = PipelinedStatement(select(bindparam("number", type_=Integer) + 1, EXECUTION))


class _Server:
    """Answers with the parameters once it is let go on; a negative number is refused."""

    def __init__(self) -> None:
        self.round_trips: list[list[int]] = []
        self._gates: list[asyncio.Event] = []
        self._arrival = asyncio.Event()
        self.holds = True

    async def alone(self, _: PipelinedStatement, parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401 - rows of a kind
        number = parameters["number"]
        await self._arrived([number])
        if number < 0:
            raise ValueError(f"{number} is negative")
        return [(number,)]

    async def together(self, _: PipelinedStatement, parameters: Sequence[Mapping[str, Any]]) -> Any:  # noqa: ANN401 - as above
        numbers = [each["number"] for each in parameters]
        await self._arrived(numbers)
        return None if min(numbers) < 0 else [[(number,)] for number in numbers]

    def let_go(self, index: int = -1) -> None:
        self._gates[index].set()

    async def until(self, count: int) -> None:
        """Wait for so many round trips."""
        async with asyncio.timeout(5):
            while len(self.round_trips) < count:
                self._arrival.clear()
                await self._arrival.wait()

    async def _arrived(self, numbers: list[int]) -> None:
        gate = asyncio.Event()
        self.round_trips.append(numbers)
        self._arrival.set()
        self._gates.append(gate)
        if self.holds:
            await gate.wait()


@pytest.fixture
def server() -> _Server:
    return _Server()


@pytest.fixture
async def pipelines(server: _Server) -> AsyncIterator[Pipelines]:
    made = Pipelines(alone=server.alone, together=server.together)
    yield made
    await made.close()


def _ask(
    pipelines: Pipelines, *numbers: int, statement: PipelinedStatement = _ECHO
) -> list["asyncio.Task[Any]"]:
    return [
        asyncio.create_task(pipelines.fetch(statement, {"number": number})) for number in numbers
    ]


async def _turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def _is_idle(pipelines: Pipelines) -> bool:
    await _turns()
    return pipelines.busy_count == 0


@pytest.fixture
def nobody_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipelines_module, "_LATE_SECONDS", 60.0)


async def test_a_statement_goes_at_once_where_nothing_is_under_way(
    pipelines: Pipelines, server: _Server
) -> None:
    server.holds = False
    assert await _ask(pipelines, 1)[0] == [(1,)]
    assert await _is_idle(pipelines)
    assert await _ask(pipelines, 2)[0] == [(2,)]
    assert server.round_trips == [[1], [2]]


@pytest.mark.usefixtures("nobody_is_late")
async def test_who_asks_meanwhile_goes_together_in_the_order_they_came(
    pipelines: Pipelines, server: _Server
) -> None:
    asked = _ask(pipelines, 1, 2, 3, 4)
    await _turns()
    assert server.round_trips == [[1]]
    server.let_go()
    await _turns()
    assert server.round_trips == [[1], [2, 3, 4]]
    server.let_go()
    assert await asyncio.gather(*asked) == [[(1,)], [(2,)], [(3,)], [(4,)]]
    assert await _is_idle(pipelines)


@pytest.mark.usefixtures("nobody_is_late")
async def test_who_asks_as_soon_as_an_answer_is_back_goes_with_the_others(
    pipelines: Pipelines, server: _Server
) -> None:
    async def twice(number: int) -> None:
        await pipelines.fetch(_ECHO, {"number": number})
        await pipelines.fetch(_ECHO, {"number": number + 10})

    first = _ask(pipelines, 0)
    await _turns()
    asked = [asyncio.create_task(twice(number)) for number in (1, 2)]
    await _turns()
    server.let_go()
    await _turns()
    server.let_go()
    await _turns()
    assert server.round_trips == [[0], [1, 2], [11, 12]]
    server.let_go()
    await asyncio.gather(*first, *asked)


@pytest.mark.usefixtures("nobody_is_late")
async def test_so_many_go_together_and_no_more(pipelines: Pipelines, server: _Server) -> None:
    asked = _ask(pipelines, *range(20))
    await _turns()
    for _ in range(4):
        server.let_go()
        await _turns()
    server.let_go()
    await asyncio.gather(*asked)
    assert [len(numbers) for numbers in server.round_trips] == [1, 6, 6, 6, 1]


async def test_other_statements_do_not_wait(pipelines: Pipelines, server: _Server) -> None:
    asked = [*_ask(pipelines, 1), *_ask(pipelines, 2, statement=_OTHER)]
    await _turns()
    assert server.round_trips == [[1], [2]]
    server.let_go(0)
    server.let_go(1)
    await asyncio.gather(*asked)


async def test_who_waits_behind_a_late_round_trip_goes_without_it(
    pipelines: Pipelines, server: _Server
) -> None:
    [late] = _ask(pipelines, 1)
    await _turns()
    others = _ask(pipelines, *range(2, 10))
    await server.until(3)
    assert server.round_trips == [[1], [2, 3, 4, 5, 6, 7], [8, 9]]
    server.let_go(1)
    server.let_go(2)
    await asyncio.gather(*others)
    assert not late.done()
    server.let_go(0)
    await late
    assert await _is_idle(pipelines)


@pytest.mark.usefixtures("nobody_is_late")
async def test_one_that_is_refused_costs_the_others_nothing(
    pipelines: Pipelines, server: _Server
) -> None:
    first, *asked = _ask(pipelines, 1, 2, -3, 4)
    await _turns()
    server.holds = False
    server.let_go()
    answers = await asyncio.gather(first, *asked, return_exceptions=True)
    assert [answers[0], answers[1], answers[3]] == [[(1,)], [(2,)], [(4,)]]
    assert isinstance(answers[2], ValueError)
    assert server.round_trips == [[1], [2, -3, 4], [2], [-3], [4]]


@pytest.mark.usefixtures("nobody_is_late")
async def test_a_round_trip_that_fails_fails_for_all_who_share_it(
    pipelines: Pipelines, server: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut_off(*_: object) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(pipelines, "_together", cut_off)
    first, *asked = _ask(pipelines, 1, 2, 3)
    await _turns()
    server.let_go()
    assert await first == [(1,)]
    for failed in asked:
        with pytest.raises(ConnectionResetError):
            await failed
    assert await _is_idle(pipelines)


@pytest.mark.usefixtures("nobody_is_late")
async def test_who_gives_up_is_not_sent_and_keeps_nobody_else(
    pipelines: Pipelines, server: _Server
) -> None:
    first, gone, other, going = _ask(pipelines, 1, 2, 3, 4)
    await _turns()
    gone.cancel()
    await _turns()
    server.let_go()
    await _turns()
    assert server.round_trips == [[1], [3, 4]]
    going.cancel()
    await _turns()
    server.let_go()
    assert (await first, await other) == ([(1,)], [(3,)])
    assert await _is_idle(pipelines)


@pytest.mark.usefixtures("nobody_is_late")
async def test_who_gives_up_alone_lets_the_others_go_on(
    pipelines: Pipelines, server: _Server
) -> None:
    first, second = _ask(pipelines, 1, 2)
    await _turns()
    first.cancel()
    await _turns()
    server.let_go()
    assert await second == [(2,)]
    assert await _is_idle(pipelines)


@pytest.mark.usefixtures("nobody_is_late")
async def test_closing_leaves_nobody_waiting(pipelines: Pipelines, server: _Server) -> None:
    first, *asked = _ask(pipelines, *range(12))
    await _turns()
    server.let_go()
    await _turns()
    # Six are under way now, and five gather behind them.
    assert [len(numbers) for numbers in server.round_trips] == [1, 6]
    await pipelines.close()
    assert await first == [(0,)]
    for waiting in asked:
        with pytest.raises(Unavailable):
            await waiting
    assert await _is_idle(pipelines)


@pytest.mark.usefixtures("nobody_is_late")
async def test_closing_before_a_shared_round_trip_has_begun_leaves_nobody_waiting(
    pipelines: Pipelines, server: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = _ask(pipelines, 1, 2)
    await _turns()
    closing: list[asyncio.Task[None]] = []
    make = asyncio.create_task

    def close_as_it_is_made(coroutine: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        # So that it is cancelled before its first step.
        made = make(coroutine)
        monkeypatch.undo()
        made.cancel()
        closing.append(make(pipelines.close()))
        return made

    monkeypatch.setattr(asyncio, "create_task", close_as_it_is_made)
    server.let_go()
    assert await first == [(1,)]
    async with asyncio.timeout(5):
        with pytest.raises(Unavailable):
            await second
    await closing[0]
    assert await _is_idle(pipelines)
