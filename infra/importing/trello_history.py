"""What a Trello board's actions tell: who made and said what, and when."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from infra.importing.document import JsonObject

_COMMENTS: Final = frozenset({"commentCard", "copyCommentCard"})
_CREATIONS: Final = frozenset(
    {"createCard", "copyCard", "convertToCardFromCheckItem", "emailCard", "moveCardToBoard"}
)
# Where each action names what it put away.
_CLOSINGS: Final = {"updateCard": "card", "updateList": "list"}
_OBJECT_ID: Final = re.compile(r"[0-9a-f]{24}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrelloComment:
    """A comment, with the action it comes from."""

    id: str
    author_id: str | None
    text: str
    created_at: datetime
    edited_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrelloHistory:
    """What is known of the past, by the id of what it is about."""

    name_by_person_id: Mapping[str, str]
    comments_by_card_id: Mapping[str, Sequence[TrelloComment]]
    creation_by_card_id: Mapping[str, tuple[datetime, str | None]]
    closed_at_by_id: Mapping[str, datetime]


def read_history(board: JsonObject) -> TrelloHistory:
    """The history; comments are in the order they were written."""
    names: dict[str, str] = {}
    comments: defaultdict[str, dict[str, TrelloComment]] = defaultdict(dict)
    creations: dict[str, tuple[datetime, str | None]] = {}
    closings: dict[str, datetime] = {}
    for action in board.objects("actions"):
        kind = action.text("type")
        if kind not in _COMMENTS | _CREATIONS and kind not in _CLOSINGS:
            continue
        data = action.find_object("data")
        if data is None:
            raise action.fault("data", "is missing")
        subject = data.find_object(_CLOSINGS.get(kind, "card"))
        if subject is None or (subject_id := subject.find_id("id")) is None:
            continue
        at = action.instant("date")
        author_id = _note_author(action, names)
        if kind in _COMMENTS:
            action_id = action.id()
            comments[subject_id][action_id] = TrelloComment(
                id=action_id,
                author_id=author_id,
                text=data.text("text"),
                created_at=at,
                edited_at=data.find_instant("dateLastEdited"),
            )
        elif kind in _CREATIONS:
            creations[subject_id] = min(creations.get(subject_id, (at, author_id)), (at, author_id))
        elif subject.flag("closed"):
            closings[subject_id] = max(closings.get(subject_id, at), at)
    return TrelloHistory(
        name_by_person_id=names,
        comments_by_card_id={
            card_id: sorted(by_id.values(), key=lambda comment: (comment.created_at, comment.id))
            for card_id, by_id in comments.items()
        },
        creation_by_card_id=creations,
        closed_at_by_id=closings,
    )


def person_name(person: JsonObject) -> str:
    """The name to show: the full one, else the user name."""
    name = (person.find_text("fullName") or "").strip()
    return name or (person.find_text("username") or "").strip() or "Trello user"


def created_at_of(trello_id: str) -> datetime | None:
    """When the object was made: the first eight hex digits of its id are Unix seconds."""
    if not _OBJECT_ID.fullmatch(trello_id):
        return None
    return datetime.fromtimestamp(int(trello_id[:8], 16), UTC)


def _note_author(action: JsonObject, names: dict[str, str]) -> str | None:
    """Who did it, if the export names them; accounts that were closed have an id alone."""
    author = action.find_object("memberCreator")
    if author is None:
        return action.find_id("idMemberCreator")
    author_id = author.id()
    names.setdefault(author_id, person_name(author))
    return author_id
