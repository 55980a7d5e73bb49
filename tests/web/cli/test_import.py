"""`taskwire import` against the real Postgres: a sample of our own, and a real export."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import pytest
from sqlalchemy import Row, text

from domain.access import Role
from domain.commands.task_lifecycle import DeleteTask, delete_task
from domain.commands.tasks import UpdateTask, update_task
from persistence.database import Database
from persistence.unit_of_work import unit_of_work_factory
from tests.builders import MONDAY, World, a_world
from tests.persistence.recorded_events import EventTable
from web.cli import run

SAMPLE: Final = Path(__file__).parents[2] / "samples" / "trello-small.json"
# A board of strangers that is not ours to publish, so it lies beside the checkout, if at all.
HERMES: Final = Path(__file__).parents[4] / "shared" / "data" / "trello-hermes.json"
needs_hermes = pytest.mark.skipif(
    not HERMES.exists(), reason=f"the real Trello export is not at {HERMES}"
)
_COUNTED: Final = (
    "users", "memberships", "projects", "board_columns", "labels", "tasks", "task_labels",
    "checklist_items", "attachments", "comments", "project_events", "outbox", "import_records",
)  # fmt: skip

Result: TypeAlias = tuple[int, str, str]
TaskwireCommand: TypeAlias = Callable[..., Awaitable[Result]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a file has to become."""

    file: Path
    key: str
    open_columns: list[str]
    column_count: int
    task_count: int
    archived_task_count: int
    comment_count: int
    member_count: int
    labels: set[str]


SMALL: Final = Expected(
    file=SAMPLE,
    key="CZR",
    open_columns=["Ideas", "To do", "Doing", "Done ✓", "Won't do"],
    column_count=6,
    task_count=7,
    archived_task_count=2,
    comment_count=3,
    member_count=3,
    labels={"bug", "Bug (2)", "Größe XL", "Design", "Paper", "Dark green"},
)
REAL: Final = Expected(
    file=HERMES,
    key="HERMES",
    open_columns=[
        "Future Features", "To Do", "Bugs", "Doing", "Done", "Milestones", "File APIs", "Resources",
    ],
    column_count=11,
    task_count=55,
    archived_task_count=10,
    comment_count=29,
    member_count=4,
    labels={"Server", "Bug", "GUI", "Client"},
)  # fmt: skip
FILES: Final = [
    pytest.param(SMALL, id="sample"),
    pytest.param(REAL, id="hermes", marks=needs_hermes),
]


@pytest.fixture
async def database(migrated_database: str) -> AsyncIterator[Database]:
    async with Database(migrated_database, pool_size=2) as database:
        yield database


@pytest.fixture
async def world(database: Database) -> World:
    return await a_world(unit_of_work_factory(database), EventTable(database).read)


@pytest.fixture
def taskwire(
    migrated_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> TaskwireCommand:
    """Run the command line on the test's database → exit status, stdout, stderr."""
    monkeypatch.setenv("TASKWIRE_DATABASE_URL", migrated_database)

    async def taskwire(*arguments: object) -> Result:
        # It has an event loop of its own, so it needs a thread of its own.
        status = await asyncio.to_thread(run, [str(argument) for argument in arguments])
        output = capsys.readouterr()
        return status, output.out, output.err

    return taskwire


async def rows(
    database: Database, sql: str, **parameters: object
) -> Sequence[Row[tuple[object, ...]]]:
    return await database.fetch(text(sql), parameters)


async def column_of(database: Database, sql: str, **parameters: object) -> list[object]:
    return [row[0] for row in await rows(database, sql, **parameters)]


def titles_on_the_board(file: Path) -> list[str]:
    """The open cards of the open lists, from left to right and top to bottom."""
    board = json.loads(file.read_bytes())
    list_pos = {each["id"]: each["pos"] for each in board["lists"] if not each["closed"]}
    cards = [card for card in board["cards"] if not card["closed"] and card["idList"] in list_pos]
    cards.sort(key=lambda card: (list_pos[card["idList"]], card["pos"], card["id"]))
    return [" ".join(card["name"].split()) for card in cards]


def member_names(file: Path) -> set[object]:
    """What the export calls the board's members."""
    members = json.loads(file.read_bytes())["members"]
    return {member["fullName"] or member["username"] for member in members}


async def row_counts(database: Database) -> dict[str, object]:
    """How many rows each table has."""
    counts = [(await rows(database, f"SELECT count(*) FROM {name}"))[0][0] for name in _COUNTED]  # noqa: S608
    return dict(zip(_COUNTED, counts, strict=True))


@pytest.mark.parametrize("expected", FILES)
async def test_a_board_is_imported_whole_and_in_order(
    expected: Expected, world: World, database: Database, taskwire: TaskwireCommand
) -> None:
    slug = world.workspace.slug
    status, out, err = await taskwire("import", "trello", expected.file, "--workspace", slug)
    assert (status, err) == (0, "")
    assert f"({expected.key})" in out
    columns = await rows(
        database,
        "SELECT c.name, c.archived_at FROM board_columns c JOIN projects p ON p.id = c.project_id"
        " WHERE p.key = :key ORDER BY c.position",
        key=expected.key,
    )
    assert len(columns) == expected.column_count
    assert [c.name for c in columns if c.archived_at is None] == expected.open_columns
    tasks = await rows(
        database,
        "SELECT t.key, t.title, t.archived_at FROM tasks t JOIN projects p ON p.id = t.project_id"
        " JOIN board_columns c ON c.id = t.column_id"
        " WHERE p.key = :key ORDER BY c.position, t.position",
        key=expected.key,
    )
    numbers = range(1, expected.task_count + 1)
    assert {task.key for task in tasks} == {f"{expected.key}-{number}" for number in numbers}
    assert len(tasks) == expected.task_count
    open_titles = [task.title for task in tasks if task.archived_at is None]
    assert open_titles == titles_on_the_board(expected.file)
    assert len(tasks) - len(open_titles) == expected.archived_task_count


@pytest.mark.parametrize("expected", FILES)
async def test_comments_members_and_labels_come_along(
    expected: Expected, world: World, database: Database, taskwire: TaskwireCommand
) -> None:
    await taskwire("import", "trello", expected.file, "--workspace", world.workspace.slug)
    comments = await rows(database, "SELECT created_at, author_id FROM comments")
    assert len(comments) == expected.comment_count
    assert all(comment.author_id is not None for comment in comments)
    assert all(comment.created_at.year < MONDAY.year for comment in comments)
    members = await column_of(
        database,
        "SELECT u.name FROM users u JOIN memberships m ON m.user_id = u.id"
        " JOIN import_records r ON r.object_id = u.id"
        " WHERE u.email IS NULL AND m.role = 'MEMBER' AND r.kind = 'USER'",
    )
    assert len(members) == expected.member_count
    assert set(members) == member_names(expected.file)
    labels = "SELECT l.name FROM labels l JOIN projects p ON p.id = l.project_id WHERE p.key = :key"
    assert set(await column_of(database, labels, key=expected.key)) == expected.labels


@pytest.mark.parametrize("expected", FILES)
async def test_a_second_run_changes_nothing(
    expected: Expected, world: World, database: Database, taskwire: TaskwireCommand
) -> None:
    command = ("import", "trello", expected.file, "--workspace", world.workspace.slug)
    await taskwire(*command)
    before = await row_counts(database)
    status, out, err = await taskwire(*command)
    assert (status, err) == (0, "")
    assert "Nothing new" in out
    assert await row_counts(database) == before


@pytest.mark.parametrize("expected", FILES)
async def test_the_log_tells_all_of_an_import_in_one_sequence(
    expected: Expected, world: World, database: Database, taskwire: TaskwireCommand
) -> None:
    await taskwire("import", "trello", expected.file, "--workspace", world.workspace.slug)
    kinds = await rows(
        database,
        "SELECT e.kind, count(*) AS n FROM project_events e JOIN projects p ON p.id = e.project_id"
        " WHERE p.key = :key GROUP BY e.kind",
        key=expected.key,
    )
    count_by_kind = {row.kind: row.n for row in kinds}
    assert count_by_kind["PROJECT_CREATED"] == 1
    assert count_by_kind["COLUMN_CREATED"] == expected.column_count
    assert count_by_kind["LABEL_CREATED"] == len(expected.labels)
    assert count_by_kind["TASK_CREATED"] == expected.task_count
    assert count_by_kind["COMMENT_CREATED"] == expected.comment_count
    [project] = await rows(
        database,
        "SELECT event_seq, (SELECT count(*) FROM project_events e WHERE e.project_id = p.id) AS n,"
        " (SELECT max(seq) FROM outbox o WHERE o.project_id = p.id) AS sent"
        " FROM projects p WHERE key = :key",
        key=expected.key,
    )
    assert project.event_seq == project.n == project.sent == sum(count_by_kind.values())


async def test_what_was_changed_stays_and_what_was_deleted_stays_away(
    world: World, database: Database, taskwire: TaskwireCommand
) -> None:
    command = ("import", "trello", SAMPLE, "--workspace", world.workspace.slug)
    await taskwire(*command)
    ids = await rows(database, "SELECT id, number FROM tasks WHERE key LIKE 'CZR-%'")
    id_by_number = {row.number: row.id for row in ids}
    await world.do(update_task, UpdateTask(task_id=id_by_number[2], title="Signed!"))
    await world.do(delete_task, DeleteTask(task_id=id_by_number[1]))
    status, out, _ = await taskwire(*command)
    assert (status, "Nothing new" in out) == (0, True)
    titles = await column_of(database, "SELECT title FROM tasks WHERE key LIKE 'CZR-%'")
    assert "Signed!" in titles
    assert len(titles) == 6


async def test_key_and_name_of_the_project_can_be_chosen(
    world: World, database: Database, taskwire: TaskwireCommand
) -> None:
    slug = world.workspace.slug
    options = ("--workspace", slug, "--key", "CAFE", "--project-name", "The café")
    status, out, _ = await taskwire("import", "trello", SAMPLE, *options)
    assert status == 0
    assert "The café (CAFE)" in out
    assert await column_of(database, "SELECT name FROM projects WHERE key = 'CAFE'") == ["The café"]


async def test_the_import_acts_as_the_user_it_is_told(
    world: World, database: Database, taskwire: TaskwireCommand
) -> None:
    admin = world.actor(Role.ADMIN)
    await _give_address(database, admin.hex, "admin@example.test")
    options = ("--workspace", world.workspace.slug, "--as", "Admin@example.test")
    status, *_ = await taskwire("import", "trello", SAMPLE, *options)
    assert status == 0
    actors = "SELECT DISTINCT actor_id FROM project_events e JOIN projects p ON p.id = e.project_id"
    assert await column_of(database, f"{actors} WHERE p.key = 'CZR'") == [admin]


async def test_a_member_may_not_import(
    world: World, database: Database, taskwire: TaskwireCommand
) -> None:
    await _give_address(database, world.actor(Role.MEMBER).hex, "member@example.test")
    before = await row_counts(database)
    options = ("--workspace", world.workspace.slug, "--as", "member@example.test")
    assert await taskwire("import", "trello", SAMPLE, *options) == (
        1,
        "",
        "taskwire: As a member you may not change projects.\n",
    )
    assert await row_counts(database) == before


async def _give_address(database: Database, user_hex: str, email: str) -> None:
    async with database.transaction() as connection:
        await connection.execute(
            text("UPDATE users SET email = :email WHERE id = CAST(:id AS uuid)"),
            {"email": email, "id": user_hex},
        )


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--workspace", "nowhere"), "No workspace has the slug 'nowhere': there are {slug}."),
        (
            ("--workspace", "{slug}", "--as", "nobody@example.test"),
            "No user has the e-mail address nobody@example.test.",
        ),
        (
            ("--workspace", "{slug}", "--as", "stranger@example.test"),
            "stranger@example.test does not belong to the workspace '{slug}'.",
        ),
        (
            ("--workspace", "{slug}", "--key", "ENG"),
            "Another project of this workspace has this key.",
        ),
    ],
)
async def test_what_cannot_be_is_told_in_one_line_and_nothing_is_written(
    options: tuple[str, ...],
    complaint: str,
    world: World,
    database: Database,
    taskwire: TaskwireCommand,
) -> None:
    slug = world.workspace.slug
    await _give_address(database, world.stranger.id.hex, "stranger@example.test")
    before = await row_counts(database)
    said = [option.format(slug=slug) for option in options]
    status, out, err = await taskwire("import", "trello", SAMPLE, *said)
    assert (status, out, err) == (1, "", f"taskwire: {complaint.format(slug=slug)}\n")
    assert await row_counts(database) == before


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (SAMPLE.read_bytes()[:5_000], "the file is cut off at byte 5000, in the middle of"),
        (b"hello", "the file is not JSON (byte 0, line 1: Expecting value)"),
        (b"{}", "the file is JSON but no Trello board"),
        (b"", "the file is empty"),
    ],
)
async def test_a_bad_file_is_told_in_one_line_and_nothing_is_written(
    data: bytes,
    complaint: str,
    world: World,
    database: Database,
    taskwire: TaskwireCommand,
    tmp_path: Path,
) -> None:
    file = tmp_path / "board.json"
    file.write_bytes(data)
    before = await row_counts(database)
    status, out, err = await taskwire("import", "trello", file, "--workspace", world.workspace.slug)
    assert (status, out) == (1, "")
    assert err.startswith(f"taskwire: board.json: {complaint}")
    assert err.count("\n") == 1
    assert await row_counts(database) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("trello", "missing.json", "--workspace", "demo"),
        ("trello", str(SAMPLE)),
        ("sticky-notes", str(SAMPLE), "--workspace", "demo"),
        ("trello", str(SAMPLE), "--workspace", "demo", "--key", "not a key"),
        ("trello", str(SAMPLE), "--workspace", "demo", "--as", "nobody"),
    ],
)
async def test_wrong_usage_is_told_in_one_line(
    arguments: tuple[str, ...], taskwire: TaskwireCommand
) -> None:
    status, out, err = await taskwire("import", *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)


async def test_the_help_says_how_to_export_and_that_it_is_safe_to_repeat(
    taskwire: TaskwireCommand,
) -> None:
    status, out, _ = await taskwire("import", "--help")
    assert status == 0
    assert "Export as JSON" in out
    assert "safe to repeat" in out
