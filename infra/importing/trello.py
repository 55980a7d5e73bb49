"""Trello's board export (JSON) → a board in neutral form."""

from collections.abc import Sequence
from typing import Final

from domain.board_import import (
    ImportedBoard,
    ImportedColumn,
    ImportedPerson,
    ImportedTask,
    category_of,
)
from infra.importing.document import (
    ImportFault,
    ImportFileError,
    JsonObject,
    parse_json,
    require_distinct,
)
from infra.importing.fitting import Fitting
from infra.importing.trello_cards import CardReader
from infra.importing.trello_history import (
    TrelloHistory,
    created_at_of,
    person_name,
    read_history,
)
from infra.importing.trello_labels import TrelloLabels

SOURCE: Final = "trello"


def parse_trello_board(data: bytes) -> ImportedBoard:
    """The whole board, checked; ImportFileError for anything that is not as Trello writes it."""
    board = _board_object(data)
    fitting = Fitting()
    history = read_history(board)
    lists = sorted(
        require_distinct(board.objects("lists")), key=lambda each: (each.number("pos"), each.id())
    )
    cards = require_distinct(board.objects("cards"))
    members = require_distinct(board.objects("members"))
    labels = TrelloLabels(board, cards, fitting)
    people = _people(members, cards, history, fitting)
    reader = CardReader(
        board=board,
        people={person.external_id: person for person in people},
        history=history,
        labels=labels,
        fitting=fitting,
    )
    tasks = _in_board_order(cards, lists, reader)
    _note_lost_comments(cards, history, fitting)
    return ImportedBoard(
        source=SOURCE,
        external_id=board.id(),
        name=fitting.name(board.text("name")),
        description=fitting.description(board.find_text("desc") or ""),
        people=people,
        columns=tuple(_column(each, history, fitting) for each in lists),
        labels=labels.all(),
        tasks=tasks,
        remarks=dict(fitting.remarks),
    )


def _board_object(data: bytes) -> JsonObject:
    document = parse_json(data)
    is_board = (
        isinstance(document, dict)
        and isinstance(document.get("id"), str)
        and isinstance(document.get("name"), str)
        and isinstance(document.get("lists"), list)
        and isinstance(document.get("cards"), list)
    )
    if not is_board or not isinstance(document, dict):
        raise ImportFileError(
            ImportFault.WRONG_FORMAT,
            "the file is JSON but no Trello board: it has no id, name, lists and cards",
            advice="in Trello, open the board's menu, then Print, export and share, Export as JSON",
        )
    return JsonObject(document, "$")


def _column(each: JsonObject, history: TrelloHistory, fitting: Fitting) -> ImportedColumn:
    list_id, name = each.id(), fitting.name(each.text("name"))
    is_archived = each.flag("closed")
    return ImportedColumn(
        external_id=list_id,
        name=name,
        category=category_of(name),
        created_at=created_at_of(list_id),
        is_archived=is_archived,
        archived_at=history.closed_at_by_id.get(list_id) if is_archived else None,
    )


def _in_board_order(
    cards: Sequence[JsonObject], lists: Sequence[JsonObject], reader: CardReader
) -> tuple[ImportedTask, ...]:
    place_by_list_id = {each.id(): place for place, each in enumerate(lists)}
    for card in cards:
        if card.id("idList") not in place_by_list_id:
            raise card.fault("idList", "names a list that is not in $.lists")
    in_order = sorted(
        cards,
        key=lambda card: (place_by_list_id[card.id("idList")], card.number("pos"), card.id()),
    )
    return tuple(reader.task(card) for card in in_order)


def _people(
    members: Sequence[JsonObject],
    cards: Sequence[JsonObject],
    history: TrelloHistory,
    fitting: Fitting,
) -> tuple[ImportedPerson, ...]:
    """The board's members, and everybody else who wrote a comment."""
    people = {
        member.id(): ImportedPerson(
            external_id=member.id(), name=fitting.name(person_name(member)), is_member=True
        )
        for member in members
    }
    for card in cards:
        for comment in history.comments_by_card_id.get(card.id(), ()):
            author_id = comment.author_id
            # Of closed accounts an export may know no more than the id.
            name = history.name_by_person_id.get(author_id or "")
            if author_id is not None and name is not None and author_id not in people:
                people[author_id] = ImportedPerson(
                    external_id=author_id, name=fitting.name(name), is_member=False
                )
    return tuple(people.values())


def _note_lost_comments(
    cards: Sequence[JsonObject], history: TrelloHistory, fitting: Fitting
) -> None:
    here = {card.id() for card in cards}
    for card_id, comments in history.comments_by_card_id.items():
        if card_id not in here:
            fitting.note("comments left out: their card is not on the board", len(comments))
    for card in cards:
        badges = card.find_object("badges")
        told = int((badges.find_number("comments") if badges else None) or 0)
        found = len(history.comments_by_card_id.get(card.id(), ()))
        fitting.note("comments missing: the export holds the newest actions alone", told - found)
