"""Places behind writes that nobody has read yet."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import Role
from domain.ports import Gap, LockedProject, TaskPlace
from persistence.gaps import FoundRanks, gap_of, ranks_with
from persistence.held_projects import HeldProjects
from persistence.recent_writes import MustBeRead, RecentWrites, Write
from persistence.task_places import PlaceFound
from tests.builders import a_column, a_project, a_task, new_id

_PROJECT = replace(a_project(), event_seq=10)
_TASK = a_task(a_column(_PROJECT))
_COLUMN_ID, _OTHER_COLUMN_ID = new_id(), new_id()
_BEFORE_ID, _AFTER_ID = new_id(), new_id()
_RANKS: FoundRanks = ("c", "m", "m", "c", "x")


def _place(column_id: UUID | None = _COLUMN_ID) -> TaskPlace:
    return TaskPlace(
        task_id=_TASK.id, column_id=column_id, before_id=_BEFORE_ID, after_id=_AFTER_ID
    )


_FOUND = PlaceFound(
    locked=LockedProject(project=_PROJECT, role=Role.MEMBER),
    task=_TASK,
    column=None,
    ranks=_RANKS,
    along=None,
)


def _write(
    seq: int,
    rank: str = "g",
    *,
    task_id: UUID | None = None,
    column_id: UUID | None = _COLUMN_ID,
    project_id: UUID = _PROJECT.id,
) -> Write:
    return Write(
        project_id=project_id,
        seq=seq,
        event_id=new_id(),
        task_id=task_id or new_id(),
        column_id=column_id,
        rank=rank,
    )


def _recent(*writes: Write) -> RecentWrites:
    recent = RecentWrites(HeldProjects())
    for write in writes:
        recent.begin(write)
    return recent


def test_a_place_that_was_read_behind_all_writes_is_as_it_was_read() -> None:
    assert RecentWrites(HeldProjects()).behind_all(_FOUND, _place()) == (_FOUND, None)
    assert _recent(_write(9), _write(10)).behind_all(_FOUND, _place()) == (_FOUND, None)
    elsewhere = _recent(_write(11, project_id=new_id()))
    assert elsewhere.behind_all(_FOUND, _place()) == (_FOUND, None)


def test_a_place_goes_behind_the_last_write_with_the_ranks_that_all_have_left() -> None:
    writes = [_write(10, "d"), _write(11, "k"), _write(12, "f"), _write(13, "z")]
    found, event_id = _recent(*writes).behind_all(_FOUND, _place())
    assert event_id == writes[-1].event_id
    assert found.locked.project.event_seq == 13
    # The write that had been read counts no more; the one behind the neighbours does not matter.
    assert found.ranks == ("c", "f", "m", "k", "z")
    project = found.locked.project
    assert (project.id, project.workspace_id) == (_PROJECT.id, _PROJECT.workspace_id)
    assert project.archived_at == _PROJECT.archived_at
    assert replace(found, locked=_FOUND.locked, ranks=_RANKS) == _FOUND


def test_edits_and_moves_to_other_columns_leave_the_ranks() -> None:
    recent = _recent(_write(11, column_id=None), _write(12, column_id=_OTHER_COLUMN_ID))
    found, _ = recent.behind_all(_FOUND, _place())
    assert (found.ranks, found.locked.project.event_seq) == (_RANKS, 12)


def test_an_edit_does_not_care_where_others_go() -> None:
    recent = _recent(_write(11, task_id=_AFTER_ID))
    found, _ = recent.behind_all(_FOUND, _place(column_id=None))
    assert (found.ranks, found.locked.project.event_seq) == (_RANKS, 11)


@pytest.mark.parametrize("task_id", [_TASK.id, _BEFORE_ID, _AFTER_ID])
def test_what_moved_itself_has_to_be_read(task_id: UUID) -> None:
    write = _write(11, task_id=task_id, column_id=_OTHER_COLUMN_ID)
    with pytest.raises(MustBeRead) as unknown:
        _recent(write, _write(12)).behind_all(_FOUND, _place())
    assert unknown.value.behind is write


def test_a_neighbour_that_was_edited_stands_where_it_stood_and_the_task_itself_does_not() -> None:
    edited = _write(11, task_id=_AFTER_ID, column_id=None)
    assert _recent(edited).behind_all(_FOUND, _place())[0].ranks == _RANKS
    with pytest.raises(MustBeRead):
        _recent(_write(11, task_id=_TASK.id, column_id=None)).behind_all(_FOUND, _place())


def test_behind_more_writes_than_are_kept_has_to_be_read() -> None:
    recent = _recent(*(_write(seq) for seq in range(11, 11 + 33)))
    with pytest.raises(MustBeRead) as unknown:
        recent.behind_all(_FOUND, _place())
    assert unknown.value.behind is None


def test_a_place_in_a_project_that_a_transaction_has_locked_has_to_be_read() -> None:
    held = HeldProjects()
    recent = RecentWrites(held)
    with held.holder() as holder:
        holder.locked(new_id())
        assert recent.behind_all(_FOUND, _place()) == (_FOUND, None)
        holder.locked(_PROJECT.id)
        with pytest.raises(MustBeRead) as unknown:
            recent.behind_all(_FOUND, _place())
        assert unknown.value.behind is holder
    assert recent.behind_all(_FOUND, _place()) == (_FOUND, None)


def test_writes_that_do_not_follow_each_other_begin_anew() -> None:
    recent = _recent(_write(11), _write(14))
    with pytest.raises(MustBeRead):
        recent.behind_all(_FOUND, _place())
    project = replace(_PROJECT, event_seq=13)
    found, _ = recent.behind_all(
        replace(_FOUND, locked=replace(_FOUND.locked, project=project)), _place()
    )
    assert found.locked.project.event_seq == 14


def test_each_write_learns_which_one_it_goes_behind() -> None:
    recent, first, second = RecentWrites(HeldProjects()), _write(11), _write(12)
    assert recent.begin(first) is None
    assert recent.begin(second) is first


def test_a_write_that_failed_is_forgotten_with_those_behind_it() -> None:
    first, second = _write(11), _write(12)
    recent = _recent(first, second)
    recent.failed(first)
    assert recent.behind_all(_FOUND, _place()) == (_FOUND, None)
    recent.failed(second)
    third = _write(11)
    recent.begin(third)
    # Of an attempt that is over.
    recent.failed(second)
    assert recent.behind_all(_FOUND, _place())[1] == third.event_id


def test_projects_are_forgotten_once_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("persistence.recent_writes._PROJECTS_KEPT", 2)
    recent = _recent(_write(11), _write(1, project_id=new_id()))
    # Not the one that is written to.
    recent.begin(_write(12))
    recent.begin(_write(1, project_id=new_id()))
    assert recent.behind_all(_FOUND, _place())[0].locked.project.event_seq == 12
    recent.begin(_write(1, project_id=new_id()))
    recent.begin(_write(1, project_id=new_id()))
    assert recent.behind_all(_FOUND, _place()) == (_FOUND, None)


async def test_who_waits_for_a_write_goes_on_when_it_is_back() -> None:
    write = _write(11)
    waiting = [asyncio.create_task(write.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    await asyncio.sleep(0)
    assert [task.done() for task in waiting] == [False, True, False]
    write.ended()
    await waiting[0]
    await waiting[2]
    await write.wait()


_RANK = st.text(alphabet="abcdefgh", min_size=1, max_size=2)


def _found(ranks: set[str], before: str | None, after: str | None) -> FoundRanks:
    """What `rank_expressions` find among the ranks, of neighbours with these."""
    return (
        after,
        None if after is None else min((rank for rank in ranks if rank > after), default=None),
        before,
        None if before is None else max((rank for rank in ranks if rank < before), default=None),
        max(ranks, default=None),
    )


@given(ranks=st.sets(_RANK, max_size=8), more=st.lists(_RANK, max_size=4), data=st.data())
def test_ranks_with_others_are_those_that_would_be_found(
    ranks: set[str], more: list[str], data: st.DataObject
) -> None:
    neighbour = st.sampled_from([None, *sorted(ranks)])
    before, after = data.draw(neighbour), data.draw(neighbour)
    found = _found(ranks, before, after)
    for rank in more:
        found = ranks_with(found, rank)
    assert found == _found({*ranks, *more}, before, after)


def test_the_gap_is_narrowed_on_the_side_of_the_neighbour_that_decides() -> None:
    after_ranks = ranks_with(("c", "m", None, None, "x"), "g")
    assert gap_of(after_ranks, before=None, after=_AFTER_ID) == Gap(previous="c", following="g")
    before_ranks = ranks_with((None, None, "m", "c", "x"), "g")
    assert gap_of(before_ranks, before=_BEFORE_ID, after=None) == Gap(previous="g", following="m")
    end_ranks = ranks_with((None, None, None, None, "x"), "y")
    assert gap_of(end_ranks, before=None, after=None) == Gap(previous="y", following=None)
