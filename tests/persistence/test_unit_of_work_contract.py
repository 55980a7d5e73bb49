"""What every unit of work does, the one in memory and the one in Postgres."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from uuid import UUID

import pytest

from domain.access import Role
from domain.entities import ChecklistItem, Column, Membership, Project, Task, User, Workspace
from domain.errors import AlreadyExists, NotFound
from domain.identifiers import ColumnId, ProjectId, TaskId, UserId
from domain.ports import Gap, IdempotentResult, UnitOfWork
from persistence.database import Database
from persistence.unit_of_work import unit_of_work_factory
from tests.builders import (
    MONDAY,
    a_checklist_item,
    a_column,
    a_comment,
    a_label,
    a_membership,
    a_project,
    a_task,
    a_user,
    a_workspace,
    an_invitation,
    new_id,
)
from tests.fakes import MemoryDatabase

pytestmark = pytest.mark.stack

OpenWork = Callable[[], AbstractAsyncContextManager[UnitOfWork]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A workspace of one member with a project of one column."""

    user: User
    workspace: Workspace
    membership: Membership
    project: Project
    column: Column


@pytest.fixture(params=["memory", "postgres"])
def open_work(request: pytest.FixtureRequest, database: Database) -> OpenWork:
    """Opens transactions on an empty database of the kind."""
    factories: dict[str, OpenWork] = {
        "memory": MemoryDatabase().unit_of_work,
        "postgres": unit_of_work_factory(database),
    }
    return factories[request.param]


@pytest.fixture
async def home(open_work: OpenWork) -> Home:
    """Its rows, committed."""
    user, workspace = a_user(), a_workspace()
    project = a_project(workspace)
    home = Home(
        user=user,
        workspace=workspace,
        membership=a_membership(workspace, user, Role.ADMIN),
        project=project,
        column=a_column(project),
    )
    async with open_work() as work:
        await work.users.add(user)
        await work.workspaces.add(workspace)
        await work.memberships.add(home.membership)
        await work.projects.add(project)
        await work.columns.add(home.column)
        await work.commit()
    return home


def _id_of(rows: Sequence[Task] | Sequence[ChecklistItem], index: int | None) -> UUID | None:
    return None if index is None else rows[index].id


def _tasks(home: Home, *ranks: str) -> list[Task]:
    return [a_task(home.column, number=n, position=rank) for n, rank in enumerate(ranks, start=1)]


async def test_what_is_added_is_found_and_what_is_deleted_is_not(
    open_work: OpenWork, home: Home
) -> None:
    one, two = _tasks(home, "a0", "a1")
    async with open_work() as work:
        await work.tasks.add()
        await work.tasks.add(one, two)
        assert await work.tasks.find(one.id) == one
        found = await work.tasks.find_many([two.id, one.id, one.id, new_id()])
        assert sorted(task.number for task in found) == [1, 2]
        await work.tasks.delete(one.id, new_id())
        assert await work.tasks.find(one.id) is None
        assert await work.tasks.find_many([]) == []


async def test_an_update_writes_only_what_differs(open_work: OpenWork, home: Home) -> None:
    [task] = _tasks(home, "a0")
    async with open_work() as work:
        await work.tasks.add(task)
        await work.tasks.update(task, replace(task, title="New"))
        await work.tasks.update(task, replace(task, estimate=3))
        await work.tasks.update(task, task)
        kept = await work.tasks.find(task.id)
    assert kept == replace(task, title="New", estimate=3)


async def test_without_a_commit_nothing_has_happened(open_work: OpenWork, home: Home) -> None:
    [task] = _tasks(home, "a0")
    async with open_work() as work:
        await work.tasks.add(task)
    async with open_work() as work:
        assert await work.tasks.find(task.id) is None


async def test_a_taken_id_is_refused_for_every_kind_of_object(
    open_work: OpenWork, home: Home
) -> None:
    async with open_work() as work:
        with pytest.raises(AlreadyExists) as refusal:
            await work.columns.add(replace(home.column, position="z9"))
    assert refusal.value.field == ("id",)


async def test_taken_names_are_refused_by_their_field(open_work: OpenWork, home: Home) -> None:
    label = a_label(home.project, name="Ärger")
    known = a_user(email="ada@example.org")
    async with open_work() as work:
        await work.labels.add(label)
        await work.users.add(known)
        await work.commit()
    for store, double, field in (
        ("labels", a_label(home.project, name="ÄRGER"), "name"),
        ("workspaces", a_workspace(slug=home.workspace.slug), "slug"),
        ("projects", a_project(home.workspace, key=home.project.key), "key"),
        ("users", a_user(email="ada@example.org"), "email"),
    ):
        async with open_work() as work:
            with pytest.raises(AlreadyExists) as refusal:
                await getattr(work, store).add(double)
        assert refusal.value.field == (field,)


async def test_an_update_to_a_taken_name_is_refused_too(open_work: OpenWork, home: Home) -> None:
    bug, ui = a_label(home.project, name="Bug"), a_label(home.project, name="UI")
    async with open_work() as work:
        await work.labels.add(bug, ui)
        with pytest.raises(AlreadyExists) as refusal:
            await work.labels.update(ui, replace(ui, name="bug"))
    assert refusal.value.field == ("name",)


async def test_a_member_locks_workspace_and_project_and_learns_the_role(
    open_work: OpenWork, home: Home
) -> None:
    [task] = _tasks(home, "a0")
    label, comment = a_label(home.project), a_comment(task)
    item = a_checklist_item(task)
    async with open_work() as work:
        await work.tasks.add(task)
        await work.labels.add(label)
        await work.comments.add(comment)
        await work.checklist_items.add(item)
        workspace, role = await work.lock_workspace(home.workspace.id, home.user.id)
        assert (workspace, role) == (home.workspace, Role.ADMIN)
        locked = await work.lock_project(home.project.id, home.user.id)
        assert (locked.project, locked.role) == (home.project, Role.ADMIN)
        for store, object_id in (
            ("tasks", task.id),
            ("columns", home.column.id),
            ("labels", label.id),
            ("comments", comment.id),
            ("checklist_items", item.id),
        ):
            assert await work.lock_project_of(store, object_id, home.user.id) == locked


SUBJECTS = (
    ("tasks", "No such task.", "taskId"),
    ("columns", "No such column.", "columnId"),
    ("labels", "No such label.", "labelId"),
    ("comments", "No such comment.", "commentId"),
    ("checklist_items", "No such checklist item.", "itemId"),
)


async def test_what_is_unknown_is_not_found(open_work: OpenWork, home: Home) -> None:
    async with open_work() as work:
        for store, message, field in SUBJECTS:
            with pytest.raises(NotFound) as refusal:
                await work.lock_project_of(store, new_id(), home.user.id)
            assert (refusal.value.message, refusal.value.field) == (message, (field,))
        with pytest.raises(NotFound, match="No such project") as refusal:
            await work.lock_project(new_id(), home.user.id)
        assert refusal.value.field == ("projectId",)
        with pytest.raises(NotFound, match="No such workspace") as refusal:
            await work.lock_workspace(new_id(), home.user.id)
        assert refusal.value.field == ("workspaceId",)


async def test_what_is_not_ones_own_looks_as_if_it_were_unknown(
    open_work: OpenWork, home: Home
) -> None:
    stranger = a_user()
    [task] = _tasks(home, "a0")
    async with open_work() as work:
        await work.users.add(stranger)
        await work.tasks.add(task)
        with pytest.raises(NotFound, match="No such task") as refusal:
            await work.lock_project_of("tasks", task.id, stranger.id)
        assert refusal.value.field == ("taskId",)
        with pytest.raises(NotFound, match="No such project"):
            await work.lock_project(home.project.id, stranger.id)
        with pytest.raises(NotFound, match="No such workspace"):
            await work.lock_workspace(home.workspace.id, stranger.id)


async def test_membership_is_of_one_workspace(open_work: OpenWork, home: Home) -> None:
    other = a_workspace()
    async with open_work() as work:
        await work.workspaces.add(other)
        assert await work.is_member(home.workspace.id, home.user.id)
        assert not await work.is_member(other.id, home.user.id)
        assert not await work.is_member(home.workspace.id, new_id())


@pytest.mark.parametrize(
    ("moving", "before", "after", "expected"),
    [
        (None, None, None, Gap(previous="a2", following=None)),
        (None, None, 0, Gap(previous="a0", following="a1")),
        (None, None, 2, Gap(previous="a2", following=None)),
        (None, 0, None, Gap(previous=None, following="a0")),
        (None, 1, None, Gap(previous="a0", following="a1")),
        (None, 2, 0, Gap(previous="a0", following="a1")),
        (1, None, 0, Gap(previous="a0", following="a2")),
        (1, 2, None, Gap(previous="a0", following="a2")),
        (2, None, None, Gap(previous="a1", following=None)),
        (None, 3, None, None),
        (None, None, 3, None),
        (None, 3, 3, None),
        (None, 1, 3, Gap(previous="a0", following="a1")),
        (None, 3, 1, Gap(previous="a1", following="a2")),
    ],
)
async def test_a_gap_lies_beside_the_neighbours_that_are_there(
    open_work: OpenWork,
    home: Home,
    moving: int | None,
    before: int | None,
    after: int | None,
    expected: Gap | None,
) -> None:
    # The fourth stands elsewhere.
    ranks = ("a0", "a1", "a2")
    elsewhere = a_column(home.project, position="a1")
    tasks = [*_tasks(home, *ranks), a_task(elsewhere, number=4, position="a5")]
    items = [a_checklist_item(tasks[0], position=rank) for rank in ranks]
    items.append(a_checklist_item(tasks[1], position="a5"))
    async with open_work() as work:
        await work.columns.add(elsewhere)
        await work.tasks.add(*tasks)
        await work.checklist_items.add(*items)
        task_gap = await work.task_gap(
            home.column.id,
            moving=_id_of(tasks, moving),
            before=_id_of(tasks, before),
            after=_id_of(tasks, after),
        )
        checklist_gap = await work.checklist_gap(
            tasks[0].id,
            moving=_id_of(items, moving),
            before=_id_of(items, before),
            after=_id_of(items, after),
        )
        assert await work.checklist_size(tasks[0].id) == 3
    assert task_gap == expected
    assert checklist_gap == expected


async def test_an_empty_order_has_one_gap(open_work: OpenWork, home: Home) -> None:
    everywhere = Gap(previous=None, following=None)
    [task] = _tasks(home, "a0")
    async with open_work() as work:
        assert (
            await work.task_gap(home.column.id, moving=None, before=None, after=None) == everywhere
        )
        assert (
            await work.column_gap(home.project.id, moving=home.column.id, before=None, after=None)
            == everywhere
        )
        await work.tasks.add(task)
        assert (
            await work.task_gap(home.column.id, moving=task.id, before=None, after=None)
            == everywhere
        )


async def test_ranks_compare_by_code_point(open_work: OpenWork, home: Home) -> None:
    tasks = _tasks(home, "a0", "Zz", "a0V", "a0v", "b00", "aZ", "az")
    async with open_work() as work:
        await work.tasks.add(*tasks)
        ranks = [task.position for task in await work.tasks_in_column(home.column.id)]
    assert ranks == ["Zz", "a0", "a0V", "a0v", "aZ", "az", "b00"]


async def test_the_tasks_around_a_rank_are_the_nearest_on_each_side(
    open_work: OpenWork, home: Home
) -> None:
    tasks = _tasks(home, "a0", "a1", "a2", "a3", "a4", "a5")
    async with open_work() as work:
        await work.tasks.add(*tasks)

        async def around(rank: str, count: int, excluding: TaskId | None = None) -> list[str]:
            found = await work.tasks_around(home.column.id, rank, count, excluding=excluding)
            return [task.position for task in found]

        assert await around("a2V", 2) == ["a1", "a2", "a3", "a4"]
        assert await around("a2V", 2, tasks[2].id) == ["a0", "a1", "a3", "a4"]
        assert await around("a5V", 2) == ["a4", "a5"]
        assert await around("Zz", 2) == ["a0", "a1"]
        assert len(await around("a2V", 100)) == 6


async def test_tasks_can_swap_their_ranks_at_once(open_work: OpenWork, home: Home) -> None:
    one, two = _tasks(home, "a0", "a1")
    async with open_work() as work:
        await work.tasks.add(one, two)
        await work.reposition_tasks({one.id: "a1", two.id: "a0"})
        ids = [task.id for task in await work.tasks_in_column(home.column.id)]
    assert ids == [two.id, one.id]


async def test_columns_come_in_board_order(open_work: OpenWork, home: Home) -> None:
    left = a_column(home.project, position="Zz", archived_at=MONDAY)
    async with open_work() as work:
        await work.columns.add(left)
        assert await work.columns_of(home.project.id) == [left, home.column]
        assert await work.columns_of(ProjectId(new_id())) == []
        assert await work.tasks_in_column(ColumnId(new_id())) == []


async def test_tasks_know_those_below_and_above_them(open_work: OpenWork, home: Home) -> None:
    top, middle, bottom, other = _tasks(home, "a0", "a1", "a2", "a3")
    middle, other = replace(middle, parent_id=top.id), replace(other, parent_id=top.id)
    bottom = replace(bottom, parent_id=middle.id)
    async with open_work() as work:
        await work.tasks.add(top, middle, bottom, other)
        assert await work.subtasks(top.id) == [middle, other]
        assert await work.subtasks(bottom.id) == []
        assert await work.ancestor_ids(bottom.id) == {middle.id, top.id}
        assert await work.ancestor_ids(top.id) == frozenset()


async def test_labels_are_put_on_and_taken_off_whatever_was_there(
    open_work: OpenWork, home: Home
) -> None:
    one, two = _tasks(home, "a0", "a1")
    bug, ui = a_label(home.project, name="Bug"), a_label(home.project, name="UI")
    other = a_project(home.workspace, key="OPS")
    foreign = a_label(other)
    async with open_work() as work:
        await work.tasks.add(one, two)
        await work.projects.add(other)
        await work.labels.add(bug, ui, foreign)
        await work.add_labels([one.id, two.id], [bug.id])
        await work.add_labels([one.id], [bug.id, ui.id, foreign.id])
        assert await work.label_ids(one.id) == {bug.id, ui.id}
        assert await work.label_ids(two.id) == {bug.id}
        await work.remove_labels([one.id, two.id], [bug.id])
        await work.remove_labels([two.id], [ui.id])
        assert await work.label_ids(one.id) == {ui.id}
        await work.labels.delete(ui.id)
        assert await work.label_ids(one.id) == frozenset()


async def test_what_belongs_to_a_task_goes_with_it_and_answers_stay(
    open_work: OpenWork, home: Home
) -> None:
    one, two = _tasks(home, "a0", "a1")
    item, gone = a_checklist_item(one), a_comment(one)
    question = a_comment(two)
    answers = [a_comment(two, parent=question, author=home.user) for _ in range(2)]
    async with open_work() as work:
        await work.tasks.add(one, two)
        await work.checklist_items.add(item)
        await work.comments.add(gone, question, *answers)
        assert await work.answers(question.id) == answers
        await work.tasks.delete(one.id)
        assert await work.checklist_items.find(item.id) is None
        assert await work.comments.find(gone.id) is None
        await work.comments.delete(question.id)
        assert await work.comments.find(answers[0].id) == replace(answers[0], parent_id=None)


async def test_a_claimed_key_answers_with_what_was_kept(open_work: OpenWork, home: Home) -> None:
    result = IdempotentResult(
        fingerprint="abc", object_ids=(new_id(), new_id()), project_id=home.project.id, seq=7
    )
    async with open_work() as work:
        assert await work.claim_idempotency_key(home.user.id, "key", "abc") is None
        await work.keep_idempotent_result(home.user.id, "key", result)
        await work.commit()
    async with open_work() as work:
        assert await work.claim_idempotency_key(home.user.id, "key", "xyz") == result
        assert await work.claim_idempotency_key(home.user.id, "other", "xyz") is None


async def test_a_claim_that_is_rolled_back_leaves_the_key_free(
    open_work: OpenWork, home: Home
) -> None:
    actor_id: UserId = home.user.id
    for _ in range(2):
        async with open_work() as work:
            assert await work.claim_idempotency_key(actor_id, "key", "abc") is None


async def test_the_invitations_of_a_workspace_are_its_own(open_work: OpenWork, home: Home) -> None:
    other = a_workspace()
    mine, theirs = an_invitation(home.workspace), an_invitation(other)
    async with open_work() as work:
        await work.workspaces.add(other)
        await work.invitations.add(mine)
        await work.invitations.add(theirs)
        assert await work.invitations.of_workspace(home.workspace.id) == [mine]
        await work.invitations.delete(mine.id)
        assert await work.invitations.of_workspace(home.workspace.id) == []
        assert await work.invitations.find(theirs.id) == theirs


async def test_the_address_of_a_member_is_told_from_that_of_others(
    open_work: OpenWork, home: Home
) -> None:
    member, stranger = a_user(email="in@example.test"), a_user(email="out@example.test")
    async with open_work() as work:
        await work.users.add(member, stranger)
        await work.memberships.add(a_membership(home.workspace, member))
        addresses = ("in@example.test", "out@example.test", "none@example.test")
        told = [
            await work.invitations.is_address_of_member(home.workspace.id, address)
            for address in addresses
        ]
    assert told == [True, False, False]


async def test_whoever_is_about_to_join_locks_the_workspace(
    open_work: OpenWork, home: Home
) -> None:
    async with open_work() as work:
        assert await work.invitations.lock_workspace(home.workspace.id) == home.workspace
        assert await work.invitations.lock_workspace(a_workspace().id) is None
