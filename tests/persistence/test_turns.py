import asyncio

import pytest

from persistence.turns import Turns

_LONG = 60.0


async def _taken(turns: Turns, order: list[int], number: int) -> None:
    await turns.take(seconds=_LONG)
    order.append(number)


async def _settle() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_so_many_have_a_turn_and_the_others_get_it_in_their_order() -> None:
    turns, order = Turns(2), list[int]()
    waiting = [asyncio.create_task(_taken(turns, order, number)) for number in range(4)]
    await _settle()
    assert (order, turns.taken_count) == ([0, 1], 2)
    turns.give_back()
    await _settle()
    assert (order, turns.taken_count) == ([0, 1, 2], 2)
    turns.give_back()
    await asyncio.gather(*waiting)
    assert order == [0, 1, 2, 3]
    turns.give_back()
    turns.give_back()
    assert turns.taken_count == 0
    assert turns.take_at_once()


async def test_nobody_overtakes_those_who_wait() -> None:
    turns, order = Turns(1), list[int]()
    assert turns.take_at_once()
    first = asyncio.create_task(_taken(turns, order, 1))
    await _settle()
    turns.give_back()
    # The turn is the first one's, though that one does not know yet.
    assert not turns.take_at_once()
    await first
    assert order == [1]


async def test_who_waits_too_long_is_told_and_leaves_the_queue() -> None:
    turns = Turns(1)
    assert turns.take_at_once()
    with pytest.raises(TimeoutError):
        await turns.take(seconds=0.001)
    turns.give_back()
    assert turns.take_at_once()


@pytest.mark.parametrize("is_given_first", [False, True])
async def test_a_turn_whose_taker_is_cancelled_goes_on_to_the_next(*, is_given_first: bool) -> None:
    turns, order = Turns(1), list[int]()
    assert turns.take_at_once()
    first = asyncio.create_task(_taken(turns, order, 1))
    second = asyncio.create_task(_taken(turns, order, 2))
    await _settle()
    if is_given_first:
        turns.give_back()
        first.cancel()
    else:
        first.cancel()
        turns.give_back()
    with pytest.raises(asyncio.CancelledError):
        await first
    await second
    assert (order, turns.taken_count) == ([2], 1)
    turns.give_back()
    assert turns.taken_count == 0
