"""Work that is done once for all who ask for it meanwhile."""

import asyncio

import pytest

from web.live.shared_work import SharedWork


class Work:
    """Takes until a test lets it end."""

    def __init__(self) -> None:
        self.begun: asyncio.Queue[int] = asyncio.Queue()
        self.times = 0
        self.may_end = asyncio.Event()

    async def __call__(self) -> int:
        self.times += 1
        self.begun.put_nowait(self.times)
        await self.may_end.wait()
        return self.times

    async def fail(self) -> int:
        """Raise instead of ending."""
        await self()
        raise ValueError("failed")


async def test_all_who_ask_meanwhile_get_what_one_has_made() -> None:
    shared, work = SharedWork[int](), Work()
    asking = [asyncio.create_task(shared.do("same", work)) for _ in range(5)]
    await asyncio.wait_for(work.begun.get(), 5)
    work.may_end.set()
    assert await asyncio.wait_for(asyncio.gather(*asking), 5) == [1] * 5
    assert await shared.do("same", work) == 2


async def test_other_work_is_done_beside_it() -> None:
    shared, work, other = SharedWork[int](), Work(), Work()
    asking = [asyncio.create_task(shared.do(w, w)) for w in (work, other)]
    await asyncio.wait_for(work.begun.get(), 5)
    await asyncio.wait_for(other.begun.get(), 5)
    work.may_end.set()
    other.may_end.set()
    assert await asyncio.wait_for(asyncio.gather(*asking), 5) == [1, 1]


async def test_when_the_one_who_works_is_cancelled_another_one_works() -> None:
    shared, work = SharedWork[int](), Work()
    first, second, third = (asyncio.create_task(shared.do("same", work)) for _ in range(3))
    await asyncio.wait_for(work.begun.get(), 5)
    first.cancel()
    assert await asyncio.wait_for(work.begun.get(), 5) == 2
    work.may_end.set()
    assert await asyncio.wait_for(second, 5) == await asyncio.wait_for(third, 5) == 2


async def test_a_failure_is_only_of_the_one_who_worked() -> None:
    shared, work = SharedWork[int](), Work()
    failing = asyncio.create_task(shared.do("same", work.fail))
    await asyncio.wait_for(work.begun.get(), 5)
    waiting = asyncio.create_task(shared.do("same", work))
    work.may_end.set()
    with pytest.raises(ValueError, match="failed"):
        await asyncio.wait_for(failing, 5)
    assert await asyncio.wait_for(waiting, 5) == 2


async def test_one_who_stops_waiting_stops_nobody_else() -> None:
    shared, work = SharedWork[int](), Work()
    first, second = (asyncio.create_task(shared.do("same", work)) for _ in range(2))
    await asyncio.wait_for(work.begun.get(), 5)
    second.cancel()
    await asyncio.wait({second})
    work.may_end.set()
    assert await asyncio.wait_for(first, 5) == 1
