from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.access import Role
from domain.board_import import (
    ImportedAttachment,
    ImportedBoard,
    ImportedChecklistItem,
    ImportedColumn,
    ImportedComment,
    ImportedLabel,
    ImportedPerson,
    ImportedTask,
    ImportKind,
    ImportSummary,
    category_of,
    free_name,
    project_key_from,
)
from domain.commands.board_import import ImportBoard, import_board
from domain.commands.columns import DeleteColumn, delete_column
from domain.commands.execution import CommandContext, Outcome
from domain.commands.labels import CreateLabel, DeleteLabel, create_label, delete_label
from domain.commands.projects import ArchiveProject, archive_project
from domain.commands.task_lifecycle import DeleteTask, delete_task
from domain.commands.tasks import UpdateTask, update_task
from domain.entities import ColumnCategory, Task
from domain.errors import AlreadyExists, Archived, Forbidden, InvalidInput, NotFound
from domain.identifiers import ProjectId
from tests.builders import MONDAY, World
from tests.fakes import MemoryDatabase

Imported = Outcome[ImportSummary]
LONG_AGO = MONDAY - timedelta(days=1000)


def a_lane(
    name: str, category: ColumnCategory = ColumnCategory.UNSTARTED, *, is_archived: bool = False
) -> ImportedColumn:
    return ImportedColumn(
        external_id=f"lane {name}",
        name=name,
        category=category,
        created_at=LONG_AGO,
        is_archived=is_archived,
        archived_at=None,
    )


def a_card(number: int, lane: ImportedColumn) -> ImportedTask:
    return ImportedTask(
        external_id=f"card {number}",
        column_id=lane.external_id,
        number=number,
        title=f"Card {number}",
        description="",
        due_date=None,
        is_completed=False,
        assignee_id=None,
        creator_id=None,
        label_ids=(),
        created_at=LONG_AGO + timedelta(days=number),
        changed_at=LONG_AGO + timedelta(days=number, hours=1),
        archived_at=None,
        checklist=(),
        attachments=(),
        comments=(),
    )


TO_DO = a_lane("To do")
DOING = a_lane("Doing", ColumnCategory.STARTED)
DONE = a_lane("Done", ColumnCategory.DONE)
OLD = a_lane("Old", is_archived=True)
BUG = ImportedLabel(external_id="label 1", name="Bug", color="#eb5a46")
ANA = ImportedPerson(external_id="person 1", name="Ana", is_member=True)
FRED = ImportedPerson(external_id="person 2", name="Fred", is_member=False)


def a_comment_by(person: ImportedPerson, number: int = 1) -> ImportedComment:
    return ImportedComment(
        external_id=f"comment {number}",
        author_id=person.external_id,
        body=f"Comment {number}",
        created_at=LONG_AGO,
        edited_at=None,
    )


def a_board(*cards: ImportedTask, labels: tuple[ImportedLabel, ...] = (BUG,)) -> ImportedBoard:
    return ImportedBoard(
        source="trello",
        external_id="board 1",
        name="Project Hermes",
        description="A board.",
        people=(ANA, FRED),
        columns=(TO_DO, DOING, DONE, OLD),
        labels=labels,
        tasks=cards,
        remarks={},
    )


async def imported(
    world: World, board: ImportedBoard, *, key: str | None = None, by: Role = Role.OWNER
) -> ImportSummary:
    command = ImportBoard(workspace_id=world.workspace.id, board=board, project_key=key)
    return await world.do(import_board, command, by=by)


def tasks_of(memory: MemoryDatabase, project_id: ProjectId) -> list[Task]:
    tasks = [task for task in memory.state.tasks.values() if task.project_id == project_id]
    return sorted(tasks, key=lambda task: task.number)


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("Backlog", ColumnCategory.BACKLOG),
        ("Ideas 💡", ColumnCategory.BACKLOG),
        ("Future Features", ColumnCategory.BACKLOG),
        ("To Do", ColumnCategory.UNSTARTED),
        ("Next up", ColumnCategory.UNSTARTED),
        ("not_started", ColumnCategory.UNSTARTED),
        ("To be done", ColumnCategory.UNSTARTED),
        ("Abandon ship", ColumnCategory.UNSTARTED),
        ("Doing", ColumnCategory.STARTED),
        ("In-Progress", ColumnCategory.STARTED),
        ("Ready for review", ColumnCategory.STARTED),
        ("Testing / QA", ColumnCategory.STARTED),
        ("DONE!", ColumnCategory.DONE),
        ("Completed ideas", ColumnCategory.DONE),
        ("Won't do", ColumnCategory.CANCELED),
        ("Won\N{RIGHT SINGLE QUOTATION MARK}t fix", ColumnCategory.CANCELED),
        ("Cancelled", ColumnCategory.CANCELED),
        ("", ColumnCategory.UNSTARTED),
    ],
)
def test_a_column_is_for_what_its_name_says(name: str, category: ColumnCategory) -> None:
    assert category_of(name) is category


@pytest.mark.parametrize(
    ("name", "taken", "key"),
    [
        ("Project Hermes", set(), "HERMES"),
        ("Project Hermes", {"HERMES", "HERMES2"}, "HERMES3"),
        ("Mobile app launch", set(), "MAL"),
        ("Café", set(), "CAFE"),
        ("Infrastructure", {"INFRASTRUC"}, "INFRASTRU2"),
        ("2024 Goals", set(), "BOARD"),
        ("The Board", set(), "TB"),
        ("看板", set(), "BOARD"),
        ("", {"BOARD"}, "BOARD2"),
    ],
)
def test_a_project_key_reminds_of_the_name_and_is_free(
    name: str, taken: set[str], key: str
) -> None:
    assert project_key_from(name, taken) == key


def test_a_name_that_is_taken_is_numbered_within_its_length() -> None:
    assert free_name("Bug", {"bug", "bug (2)"}) == "Bug (3)"
    assert free_name("x" * 120, {"x" * 120}) == "x" * 116 + " (2)"


async def test_numbers_follow_the_tools_own_and_positions_the_board(
    world: World, memory: MemoryDatabase
) -> None:
    summary = await imported(world, a_board(a_card(7, TO_DO), a_card(2, TO_DO), a_card(5, DOING)))
    tasks = tasks_of(memory, summary.project.id)
    assert [(task.key, task.title) for task in tasks] == [
        ("HERMES-1", "Card 2"),
        ("HERMES-2", "Card 5"),
        ("HERMES-3", "Card 7"),
    ]
    [second, _, first] = tasks
    assert first.column_id == second.column_id
    assert first.position < second.position
    assert memory.state.projects[summary.project.id].last_task_number == 3


async def test_times_follow_from_the_column_and_the_completion(
    world: World, memory: MemoryDatabase
) -> None:
    complete = replace(a_card(3, TO_DO), is_completed=True)
    board = a_board(a_card(1, DOING), a_card(2, DONE), complete, a_card(4, TO_DO))
    summary = await imported(world, board)
    doing, done, ticked, waiting = tasks_of(memory, summary.project.id)
    then = LONG_AGO + timedelta(days=1, hours=1)
    assert (doing.started_at, doing.completed_at) == (then, None)
    assert (doing.created_at, doing.updated_at) == (LONG_AGO + timedelta(days=1), then)
    assert done.completed_at == LONG_AGO + timedelta(days=2, hours=1)
    assert ticked.completed_at == LONG_AGO + timedelta(days=3, hours=1)
    assert (waiting.started_at, waiting.completed_at) == (None, None)


async def test_open_cards_of_an_archived_column_are_archived_with_it(
    world: World, memory: MemoryDatabase
) -> None:
    closed = replace(a_card(2, TO_DO), archived_at=LONG_AGO)
    summary = await imported(world, a_board(a_card(1, OLD), closed, a_card(3, TO_DO)))
    hidden, archived, present = tasks_of(memory, summary.project.id)
    assert hidden.archived_at is not None
    assert archived.archived_at == LONG_AGO
    assert present.archived_at is None
    assert summary.archived == {ImportKind.COLUMN: 1, ImportKind.TASK: 2}


async def test_members_join_and_others_are_authors_alone(
    world: World, memory: MemoryDatabase
) -> None:
    card = replace(
        a_card(1, TO_DO),
        assignee_id=ANA.external_id,
        creator_id=FRED.external_id,
        comments=(a_comment_by(FRED),),
    )
    summary = await imported(world, a_board(card))
    users = {user.id: user for user in memory.state.users.values()}
    [task] = tasks_of(memory, summary.project.id)
    [comment] = memory.state.comments.values()
    assert task.assignee_id is not None
    assert task.creator_id is not None
    assert (users[task.assignee_id].name, users[task.assignee_id].email) == ("Ana", None)
    assert comment.author_id == task.creator_id
    members = {member.user_id: member.role for member in memory.state.memberships.values()}
    assert members[task.assignee_id] is Role.MEMBER
    assert task.creator_id not in members


async def test_a_person_who_is_no_member_is_not_assigned(
    world: World, memory: MemoryDatabase
) -> None:
    summary = await imported(
        world, a_board(replace(a_card(1, TO_DO), assignee_id=FRED.external_id))
    )
    [task] = tasks_of(memory, summary.project.id)
    assert task.assignee_id is None
    assert sum(summary.remarks.values()) == 1


async def test_a_second_board_knows_the_people_of_the_first(
    world: World, memory: MemoryDatabase
) -> None:
    await imported(world, a_board())
    users, memberships = dict(memory.state.users), dict(memory.state.memberships)
    lanes = (replace(TO_DO, external_id="lane of board 2"),)
    second = replace(a_board(labels=()), external_id="board 2", columns=lanes)
    summary = await imported(world, second)
    assert summary.project.key == "HERMES2"
    assert (memory.state.users, memory.state.memberships) == (users, memberships)


async def test_labels_of_one_name_are_told_apart_by_number(
    world: World, memory: MemoryDatabase
) -> None:
    other = replace(BUG, external_id="label 2", name="bug")
    card = replace(a_card(1, TO_DO), label_ids=(other.external_id, BUG.external_id))
    summary = await imported(world, a_board(card, labels=(BUG, other)))
    labels = [la for la in memory.state.labels.values() if la.project_id == summary.project.id]
    assert [label.name for label in labels] == ["Bug", "bug (2)"]
    assert {label for _, label in memory.state.task_labels} == {label.id for label in labels}


async def test_a_label_made_here_meanwhile_is_the_label_of_that_name(
    world: World, memory: MemoryDatabase
) -> None:
    project = (await imported(world, a_board(labels=()))).project
    made = await world.do(
        create_label, CreateLabel(project_id=project.id, name="BUG", color="#000000")
    )
    card = replace(a_card(1, TO_DO), label_ids=(BUG.external_id,))
    summary = await imported(world, a_board(card))
    [task] = tasks_of(memory, project.id)
    assert memory.state.task_labels == {(task.id, made.id)}
    assert ImportKind.LABEL not in summary.created
    assert (await imported(world, a_board(card))).changed_nothing


async def test_repeating_an_import_writes_and_tells_nothing(
    world: World, memory: MemoryDatabase
) -> None:
    card = replace(
        a_card(1, TO_DO),
        due_date=date(2024, 2, 29),
        comments=(a_comment_by(ANA),),
        checklist=(ImportedChecklistItem(external_id="i", title="Step", is_completed=True),),
        attachments=(
            ImportedAttachment(
                external_id="a", name="Doc", url="https://example.org", created_at=None
            ),
        ),
    )
    first = await imported(world, a_board(card))
    before = memory.state.copied()
    again = await imported(world, a_board(card))
    assert again.changed_nothing
    assert again.present == first.created
    assert memory.state == before


async def test_a_newer_export_adds_what_is_new_behind_what_is_there(
    world: World, memory: MemoryDatabase
) -> None:
    first = await imported(world, a_board(a_card(1, TO_DO)))
    with_parts = replace(
        a_card(1, TO_DO),
        title="Renamed there",
        comments=(a_comment_by(ANA),),
        checklist=(ImportedChecklistItem(external_id="i", title="Step", is_completed=False),),
    )
    second = await imported(world, a_board(a_card(2, TO_DO), with_parts))
    assert second.project.id == first.project.id
    assert second.created == {
        ImportKind.TASK: 1,
        ImportKind.COMMENT: 1,
        ImportKind.CHECKLIST_ITEM: 1,
    }
    old, new = tasks_of(memory, first.project.id)
    assert (old.title, new.key) == ("Card 1", "HERMES-2")
    assert old.position < new.position
    events = await memory.read_events(first.project.id)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))


async def test_what_was_changed_here_stays_as_it_is(world: World, memory: MemoryDatabase) -> None:
    summary = await imported(world, a_board(a_card(1, TO_DO)))
    [task] = tasks_of(memory, summary.project.id)
    await world.do(update_task, UpdateTask(task_id=task.id, title="Ours"))
    await imported(world, a_board(a_card(1, TO_DO)))
    assert [task.title for task in tasks_of(memory, summary.project.id)] == ["Ours"]


async def test_a_deleted_task_stays_away_with_all_that_is_said_on_it_later(
    world: World, memory: MemoryDatabase
) -> None:
    summary = await imported(world, a_board(a_card(1, TO_DO)))
    [task] = tasks_of(memory, summary.project.id)
    await world.run(delete_task, DeleteTask(task_id=task.id))
    later = replace(a_card(1, TO_DO), comments=(a_comment_by(ANA), a_comment_by(FRED, 2)))
    again = await imported(world, a_board(later))
    assert again.changed_nothing
    assert list(again.remarks.values()) == [2]
    assert not memory.state.comments


async def test_new_cards_of_a_deleted_column_go_to_the_first_one(
    world: World, memory: MemoryDatabase
) -> None:
    summary = await imported(world, a_board())
    columns = {column.name: column for column in memory.state.columns.values()
               if column.project_id == summary.project.id}  # fmt: skip
    await world.run(delete_column, DeleteColumn(column_id=columns["Doing"].id))
    again = await imported(world, a_board(a_card(1, DOING)))
    [task] = tasks_of(memory, summary.project.id)
    assert task.column_id == columns["To do"].id
    assert list(again.remarks.values()) == [1]


async def test_a_deleted_label_stays_away(world: World, memory: MemoryDatabase) -> None:
    summary = await imported(world, a_board())
    [label] = [la for la in memory.state.labels.values() if la.project_id == summary.project.id]
    await world.run(delete_label, DeleteLabel(label_id=label.id))
    await imported(world, a_board(replace(a_card(1, TO_DO), label_ids=(BUG.external_id,))))
    assert label.id not in memory.state.labels
    assert not memory.state.task_labels


async def test_a_board_whose_project_is_archived_is_refused(world: World) -> None:
    summary = await imported(world, a_board())
    await world.run(archive_project, ArchiveProject(project_id=summary.project.id))
    with pytest.raises(Archived):
        await imported(world, a_board(a_card(1, TO_DO)))


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER])
async def test_who_may_not_change_projects_may_not_import(
    role: Role, world: World, memory: MemoryDatabase
) -> None:
    before = memory.state.copied()
    with pytest.raises(Forbidden):
        await imported(world, a_board(), by=role)
    assert memory.state == before


async def test_a_stranger_finds_no_workspace(world: World) -> None:
    command = ImportBoard(workspace_id=world.workspace.id, board=a_board())
    with pytest.raises(NotFound):
        await world.run(import_board, command, by=world.stranger.id)


async def test_a_key_that_is_taken_is_refused(world: World) -> None:
    with pytest.raises(AlreadyExists):
        await imported(world, a_board(), key=world.project.key)


async def test_a_fault_in_the_last_card_leaves_nothing_behind(
    world: World, memory: MemoryDatabase
) -> None:
    before = memory.state.copied()
    with pytest.raises(InvalidInput):
        await imported(world, a_board(a_card(1, TO_DO), replace(a_card(2, TO_DO), title=" ")))
    assert memory.state == before


async def test_progress_ends_at_the_number_of_objects(world: World) -> None:
    told: list[tuple[int, int]] = []
    board = a_board(a_card(1, TO_DO), replace(a_card(2, DOING), comments=(a_comment_by(ANA),)))

    async def with_progress(command: ImportBoard, context: CommandContext) -> Imported:
        return await import_board(
            command, context, progress=lambda done, total: told.append((done, total))
        )

    await world.run(with_progress, ImportBoard(workspace_id=world.workspace.id, board=board))
    count = len(set(board.keys()))
    assert told[-1] == (count, count)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
