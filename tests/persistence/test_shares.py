import asyncio
from datetime import timedelta

import pytest

from persistence.database import Database
from persistence.leases import Lease
from persistence.shares import Shares

pytestmark = pytest.mark.stack

_LONG = timedelta(minutes=5)
_SHORT = timedelta(microseconds=1)


def _member(database: Database, holder: str, duration: timedelta = _LONG) -> Shares:
    return Shares(database, work="sorting", count=5, holder=holder, duration=duration)


async def _takes_its_share(member: Shares) -> list[Lease]:
    """What a member that holds nothing gets."""
    survey = await member.survey(())
    return list(await member.take(survey.free[: survey.share]))


async def test_who_is_alone_may_hold_everything(database: Database) -> None:
    survey = await _member(database, "only").survey(())
    assert survey.share == 5
    assert survey.free == [f"sorting/{number}" for number in range(5)]


async def test_the_shares_of_all_make_up_the_whole_and_differ_by_one_at_most(
    database: Database,
) -> None:
    members = [_member(database, holder) for holder in ("first", "second", "third")]
    for member in members:
        await member.arrive()
    shares = [(await member.survey(())).share for member in members]
    assert sorted(shares) == [1, 2, 2]


async def test_what_one_has_taken_is_not_free_for_the_others(database: Database) -> None:
    first, second = _member(database, "first"), _member(database, "second")
    await first.arrive()
    await second.arrive()
    held = await _takes_its_share(first)
    assert len(held) == 3
    assert len(await _takes_its_share(second)) == 2
    assert await second.take([lease.name for lease in held]) == []


async def test_a_survey_extends_what_is_held_and_tells_what_was_lost(database: Database) -> None:
    passing, lasting = _member(database, "member", _SHORT), _member(database, "member")
    lost = await passing.take(["sorting/0"])
    kept = await lasting.take(["sorting/1"])
    assert (await lasting.survey([*lost, *kept])).held == {"sorting/1"}


async def test_a_lost_shard_has_a_higher_epoch_at_its_next_holder(database: Database) -> None:
    [lost] = await _member(database, "first", _SHORT).take(["sorting/0"])
    [taken] = await _member(database, "second").take(["sorting/0"])
    assert taken.epoch == lost.epoch + 1
    await _member(database, "first").give_back([lost])
    assert (await _member(database, "second").survey([taken])).held == {"sorting/0"}


async def test_what_was_given_back_is_free_at_once(database: Database) -> None:
    first, second = _member(database, "first"), _member(database, "second")
    held = await _takes_its_share(first)
    assert len(held) == 5
    await second.arrive()
    assert (await first.survey(held)).share == 3
    await first.give_back(held[3:])
    assert (await second.survey(())).free == ["sorting/3", "sorting/4"]


async def test_who_leaves_leaves_everything_to_the_others(database: Database) -> None:
    first, second = _member(database, "first"), _member(database, "second")
    held = await _takes_its_share(first)
    await second.arrive()
    await first.leave(held)
    survey = await second.survey(())
    assert (survey.share, len(survey.free)) == (5, 5)


async def test_a_member_that_is_silent_for_its_leases_time_counts_no_more(
    database: Database,
) -> None:
    silent, other = _member(database, "silent", _SHORT), _member(database, "other")
    await silent.arrive()
    await silent.take(["sorting/0"])
    survey = await other.survey(())
    assert (survey.share, len(survey.free)) == (5, 5)


async def test_a_member_whose_presence_runs_out_at_once_counts_itself_all_the_same(
    database: Database,
) -> None:
    await _member(database, "other").arrive()
    assert (await _member(database, "hasty", _SHORT).survey(())).share == 3


async def test_members_that_look_at_the_same_time_keep_what_they_hold(database: Database) -> None:
    members = [_member(database, f"member {number}") for number in range(4)]
    for member in members:
        await member.arrive()
    held = [await _takes_its_share(member) for member in members]
    for _ in range(5):
        surveys = await asyncio.gather(
            *(member.survey(leases) for member, leases in zip(members, held, strict=True))
        )
        assert sum(len(survey.held) for survey in surveys) == 5
