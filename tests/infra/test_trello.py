import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.board_import import ImportedBoard, ImportedTask
from domain.entities import ColumnCategory
from infra.importing.document import ImportFault, ImportFileError, read_file
from infra.importing.trello import parse_trello_board

SAMPLE = Path(__file__).parent.parent / "samples" / "trello-small.json"
SAMPLE_BYTES = SAMPLE.read_bytes()
Board = dict[str, Any]
Edit = Callable[[Board], object]

COLORS = ["green", "yellow", "orange", "red", "purple", "blue", "sky", "lime", "pink", "black"]


def the_sample() -> ImportedBoard:
    return parse_trello_board(SAMPLE_BYTES)


def parsed_with(edit: Edit) -> ImportedBoard:
    board: Board = deepcopy(json.loads(SAMPLE_BYTES))
    edit(board)
    return parse_trello_board(json.dumps(board).encode())


def fault_of(data: bytes) -> ImportFileError:
    with pytest.raises(ImportFileError) as caught:
        parse_trello_board(data)
    return caught.value


def task_of(board: ImportedBoard, number: int) -> ImportedTask:
    [task] = [task for task in board.tasks if task.number == number]
    return task


def card_of(board: Board, number: int) -> Board:
    [card] = [card for card in board["cards"] if card["idShort"] == number]
    found: Board = card
    return found


def test_lists_become_columns_in_the_order_of_their_positions() -> None:
    board = the_sample()
    assert [(column.name, column.category, column.is_archived) for column in board.columns] == [
        ("Ideas", ColumnCategory.BACKLOG, False),
        ("To do", ColumnCategory.UNSTARTED, False),
        ("Old sprint", ColumnCategory.UNSTARTED, True),
        ("Doing", ColumnCategory.STARTED, False),
        ("Done ✓", ColumnCategory.DONE, False),
        ("Won't do", ColumnCategory.CANCELED, False),
    ]


def test_a_closed_list_was_archived_when_its_action_says() -> None:
    [closed] = [column for column in the_sample().columns if column.is_archived]
    assert closed.archived_at == datetime(2023, 11, 14, 23, 55, tzinfo=UTC)


def test_cards_come_in_board_order_and_keep_their_numbers() -> None:
    assert [task.number for task in the_sample().tasks] == [6, 3, 5, 4, 1, 2, 7]


def test_a_card_keeps_its_words_dates_and_people() -> None:
    board = the_sample()
    task = task_of(board, 1)
    ana = board.people[0].external_id
    assert task.title == "Bake 200 croissants 🥐"
    assert task.description == "For **opening day**.\n\n- butter\n- flour"
    assert task.due_date == date(2024, 3, 1)
    assert task.created_at == datetime(2023, 11, 14, 22, 15, tzinfo=UTC)
    assert (task.assignee_id, task.creator_id) == (ana, ana)
    assert not task.is_completed
    assert task_of(board, 2).is_completed


def test_a_closed_card_was_archived_when_its_action_says() -> None:
    board = the_sample()
    assert task_of(board, 3).archived_at == datetime(2023, 11, 14, 23, 53, 20, tzinfo=UTC)
    assert task_of(board, 5).archived_at is None


def test_one_checklist_keeps_its_items_as_they_are_named_and_ticked() -> None:
    items = task_of(the_sample(), 1).checklist
    assert [(item.title, item.is_completed) for item in items] == [("Knead", True), ("Bake", False)]


def test_several_checklists_put_their_names_before_their_items() -> None:
    items = task_of(the_sample(), 5).checklist
    assert [item.title for item in items] == ["Front: Logo", "Back: Drinks"]


def test_old_exports_tick_items_in_the_card() -> None:
    def make_old(board: Board) -> None:
        items = board["checklists"][0]["checkItems"]
        for item in items:
            del item["state"]
        card_of(board, 1)["checkItemStates"] = [
            {"idCheckItem": items[0]["id"], "state": "complete"},
        ]

    items = task_of(parsed_with(make_old), 1).checklist
    assert [(item.title, item.is_completed) for item in items] == [("Knead", False), ("Bake", True)]


def test_comments_keep_author_date_and_edit() -> None:
    board = the_sample()
    name_by_id = {person.external_id: person.name for person in board.people}
    first, second = task_of(board, 1).comments
    assert [name_by_id[c.author_id or ""] for c in (first, second)] == ["Ana Müller", "Former Fred"]
    assert first.created_at == datetime(2023, 11, 14, 23, 36, 40, tzinfo=UTC)
    assert second.body == "Type 550 — *natürlich*."
    assert second.edited_at == datetime(2023, 11, 14, 23, 39, 10, tzinfo=UTC)
    assert [comment.body for comment in task_of(board, 6).comments] == ["好主意"]


def test_members_are_people_and_so_are_strangers_who_commented() -> None:
    assert [(person.name, person.is_member) for person in the_sample().people] == [
        ("Ana Müller", True),
        ("李雷", True),
        ("zoe", True),
        ("Former Fred", False),
    ]


def test_named_labels_come_always_and_nameless_ones_when_a_card_has_them() -> None:
    assert {(label.name, label.color) for label in the_sample().labels} == {
        ("Bug", "#eb5a46"),
        ("bug", "#ff9f1a"),
        ("Größe XL", "#00c2e0"),
        ("Design", "#c377e0"),
        ("Paper", "#8590a2"),
        ("Dark green", "#519839"),
    }


def test_every_colour_of_trello_has_one_of_its_own() -> None:
    def use_all(board: Board) -> None:
        card_of(board, 4)["idLabels"] = [label["id"] for label in board["labels"]]

    labels = parsed_with(use_all).labels
    assert len(labels) == 3 * len(COLORS) + 1
    assert len({label.color for label in labels}) == len(labels)


def test_old_exports_know_labels_by_their_colour() -> None:
    def make_old(board: Board) -> None:
        del board["labels"]
        board["labelNames"] = {"red": "Bug", "blue": "", "purple": "GUI"}
        for card in board["cards"]:
            del card["idLabels"]
            card["labels"] = []
        card_of(board, 1)["labels"] = [
            {"color": "red", "name": "Bug"},
            {"color": "blue", "name": ""},
        ]

    board = parsed_with(make_old)
    name_by_id = {label.external_id: label.name for label in board.labels}
    assert set(name_by_id.values()) == {"Bug", "GUI", "Blue"}
    assert [name_by_id[i] for i in task_of(board, 1).label_ids] == ["Bug", "Blue"]


def test_only_web_addresses_become_attachments() -> None:
    attachments = task_of(the_sample(), 1).attachments
    assert [(attachment.name, attachment.url) for attachment in attachments] == [
        ("Rezept.pdf", "https://files.example/rezept.pdf"),
        ("https://example.org/ofen", "https://example.org/ofen"),
    ]


def test_what_is_not_kept_is_counted() -> None:
    assert the_sample().remarks == {
        "assignees left out: a task has one": 1,
        "attachments left out: they are no web addresses": 1,
        "comments left out: their card is not on the board": 1,
        "comments missing: the export holds the newest actions alone": 1,
        "custom field values left out": 1,
        "due dates and members of checklist items left out": 1,
        "start dates left out": 1,
        "votes left out": 1,
    }


def test_a_title_that_is_too_long_stays_whole_in_the_description() -> None:
    title = "word " * 150

    def lengthen(board: Board) -> None:
        card_of(board, 4)["name"] = title

    task = task_of(parsed_with(lengthen), 4)
    assert len(task.title) <= 500
    assert task.title.endswith("…")
    assert task.description == title.rstrip()


def test_characters_that_postgres_cannot_hold_are_replaced() -> None:
    def spoil(board: Board) -> None:
        card_of(board, 4)["name"] = "nul \x00, half \ud83d, whole 🥐"

    assert task_of(parsed_with(spoil), 4).title == "nul \ufffd, half \ufffd, whole 🥐"


def test_every_cut_of_the_file_is_told_with_its_byte() -> None:
    others = b'{"a": [-1.5e-7, true, false, null, "\\ud83d\\ude00 \\n \\\\"]}'
    cuts = [SAMPLE_BYTES[:size] for size in range(1, len(SAMPLE_BYTES) - 2)]
    for cut in [*cuts, *(others[:size] for size in range(1, len(others)))]:
        size = len(cut)
        fault = fault_of(cut)
        assert fault.code is ImportFault.TRUNCATED, (size, str(fault))
        assert f"byte {size}," in str(fault)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b" \n", ImportFault.FILE_EMPTY),
        (b"<html></html>", ImportFault.NOT_JSON),
        (b"abc", ImportFault.NOT_JSON),
        (b'["\\x"]', ImportFault.NOT_JSON),
        (b'{"id": "1",}', ImportFault.NOT_JSON),
        (b'{"id": 1} x', ImportFault.NOT_JSON),
        (b'{"id": NaN}', ImportFault.NOT_JSON),
        (b"\xff\xfe{\x00", ImportFault.NOT_JSON),
        (b"[" * 200_000, ImportFault.NOT_JSON),
        (b"[" + b"9" * 5_000 + b"]", ImportFault.NOT_JSON),
        (b"[]", ImportFault.WRONG_FORMAT),
        (b"1", ImportFault.WRONG_FORMAT),
        (b'{"id": "a", "name": "b", "cards": []}', ImportFault.WRONG_FORMAT),
    ],
)
def test_a_file_that_is_no_board_is_refused_with_a_code(data: bytes, code: ImportFault) -> None:
    assert fault_of(data).code is code


def _twice(board: Board) -> None:
    board["cards"][2]["id"] = board["cards"][0]["id"]


@pytest.mark.parametrize(
    ("edit", "path"),
    [
        (lambda b: b["cards"][3].pop("name"), "$.cards[3].name"),
        (lambda b: b["cards"][3].update(name=7), "$.cards[3].name"),
        (lambda b: b["cards"][3].update(id=""), "$.cards[3].id"),
        (lambda b: b["cards"][3].update(id="x" * 300), "$.cards[3].id"),
        (lambda b: b["cards"][3].update(pos="top"), "$.cards[3].pos"),
        (lambda b: b["cards"][3].update(pos=10**400), "$.cards[3].pos"),
        (lambda b: b["cards"][3].update(closed="yes"), "$.cards[3].closed"),
        (lambda b: b["cards"][3].update(due="tomorrow"), "$.cards[3].due"),
        (lambda b: b["cards"][3].update(due="0001-01-01T00:00:00+14:00"), "$.cards[3].due"),
        (lambda b: b["cards"][3].update(idList="gone"), "$.cards[3].idList"),
        (lambda b: b["cards"][3].update(idMembers=[1]), "$.cards[3].idMembers[0]"),
        (lambda b: b["cards"][3].update(labels=["red"]), "$.cards[3].labels[0]"),
        (lambda b: b["cards"].append(None), "$.cards[7]"),
        (_twice, "$.cards[2].id"),
        (lambda b: b["lists"][1].pop("pos"), "$.lists[1].pos"),
        (lambda b: b.update(actions={}), "$.actions"),
        (lambda b: b["actions"][0].update(date=None), "$.actions[0].date"),
        (lambda b: b["actions"][0].update(data=[]), "$.actions[0].data"),
        (lambda b: b["checklists"][0].update(checkItems=1), "$.checklists[0].checkItems"),
        (lambda b: b["members"][0].update(id=None), "$.members[0].id"),
    ],
)
def test_a_value_that_trello_would_not_write_is_named_by_its_path(edit: Edit, path: str) -> None:
    with pytest.raises(ImportFileError) as caught:
        parsed_with(edit)
    assert (caught.value.code, caught.value.path) == (ImportFault.BAD_VALUE, path)
    assert path in str(caught.value)


def test_a_file_beyond_the_limit_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "board.json"
    file.write_bytes(b" " * 2_000_000)
    with pytest.raises(ImportFileError, match="larger than 1 MB") as caught:
        read_file(file, bytes_max=1024 * 1024)
    assert caught.value.code is ImportFault.FILE_TOO_LARGE


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImportFileError, match="No such file") as caught:
        read_file(tmp_path / "missing.json")
    assert caught.value.code is ImportFault.FILE_UNREADABLE
