import asyncio

import pytest

from infra.cancellation import Interrupted, own_cancellation_only


async def test_a_cancellation_that_escaped_a_library_is_an_error() -> None:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    future.cancel()
    with pytest.raises(Interrupted), own_cancellation_only():
        await future


async def test_a_task_that_is_cancelled_is_cancelled() -> None:
    async def wait() -> None:
        with own_cancellation_only():
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()


async def test_time_that_runs_out_inside_is_a_timeout() -> None:
    with pytest.raises(TimeoutError), own_cancellation_only():
        async with asyncio.timeout(0):
            await asyncio.Event().wait()
