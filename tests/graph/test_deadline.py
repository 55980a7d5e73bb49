import asyncio
from collections.abc import Callable

import pytest

from graph.deadline import Deadline

_AT_ONCE = 0.0
_LATE = 60.0


async def _wait() -> None:
    await asyncio.sleep(_LATE)


async def test_what_is_in_time_is_left_alone() -> None:
    with Deadline(_LATE):
        await asyncio.sleep(0)


async def test_what_takes_longer_is_cancelled_and_times_out() -> None:
    waiting = asyncio.Event()

    async def wait_noting_the_end() -> None:
        try:
            await _wait()
        except asyncio.CancelledError:
            waiting.set()
            raise

    with pytest.raises(TimeoutError), Deadline(_AT_ONCE):
        await wait_noting_the_end()
    assert waiting.is_set()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_an_error_of_what_was_late_is_raised_as_it_is() -> None:
    async def fail_when_cancelled() -> None:
        try:
            await _wait()
        except asyncio.CancelledError:
            raise LookupError from None

    with pytest.raises(LookupError), Deadline(_AT_ONCE):
        await fail_when_cancelled()


async def test_a_cancellation_by_others_stays_one() -> None:
    async def work() -> None:
        with Deadline(_LATE):
            await _wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_by_others_wins_over_the_deadline() -> None:
    async def work() -> None:
        with Deadline(_AT_ONCE):
            try:
                await _wait()
            except asyncio.CancelledError:
                task.cancel()
                await asyncio.sleep(0)

    task = asyncio.create_task(work())
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_of_two_deadlines_the_one_that_has_passed_times_out() -> None:
    async def inner() -> str:
        try:
            with Deadline(_LATE):
                await _wait()
        except TimeoutError:
            return "inner"
        return "none"

    with pytest.raises(TimeoutError), Deadline(_AT_ONCE):
        await inner()
    with Deadline(_LATE):
        try:
            with Deadline(_AT_ONCE):
                await _wait()
        except TimeoutError:
            return
    pytest.fail("the inner deadline did not time out")


def test_there_is_none_without_a_task() -> None:
    with pytest.raises(RuntimeError, match="event loop"), Deadline(_LATE):
        pass


async def test_deadlines_of_as_many_seconds_share_a_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    woken: list[float] = []
    call_at = loop.call_at

    def noting(when: float, callback: Callable[[], object]) -> asyncio.TimerHandle:
        woken.append(when)
        return call_at(when, callback)

    monkeypatch.setattr(loop, "call_at", noting)

    async def work() -> None:
        with Deadline(_LATE + 1):
            await asyncio.sleep(0)

    await asyncio.gather(*(work() for _ in range(5)))
    await work()
    assert len(woken) == 1


async def test_each_passes_at_its_own_time() -> None:
    late: list[int] = []
    seconds = 0.05

    async def work(number: int) -> None:
        await asyncio.sleep(number * seconds / 2)
        try:
            with Deadline(seconds):
                # Every other one is met.
                await asyncio.sleep(_LATE if number % 2 else seconds / 4)
        except TimeoutError:
            late.append(number)

    loop = asyncio.get_running_loop()
    began_at = loop.time()
    await asyncio.gather(*(work(number) for number in range(6)))
    assert late == [1, 3, 5]
    # The last one began behind the others, and was not cancelled with them.
    assert loop.time() - began_at >= 5 * seconds / 2 + seconds - 0.01
    # Nothing is watched any more, and the next one starts anew.
    with pytest.raises(TimeoutError), Deadline(seconds):
        await _wait()


def test_the_loop_that_comes_next_has_timers_of_its_own() -> None:
    seconds = 0.05

    async def be_in_time() -> None:
        with Deadline(seconds):
            await asyncio.sleep(0)

    async def be_late() -> None:
        async with asyncio.timeout(10) as bound:
            with pytest.raises(TimeoutError), Deadline(seconds):
                await _wait()
        assert not bound.expired()

    # The first loop ends while its timer is set.
    asyncio.run(be_in_time())
    asyncio.run(be_late())
