import asyncio

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
