"""Trello's cards → tasks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from domain import field_rules
from domain.board_import import (
    URL_CHARACTERS,
    ImportedAttachment,
    ImportedChecklistItem,
    ImportedComment,
    ImportedPerson,
    ImportedTask,
)
from infra.importing.document import JsonObject, require_distinct
from infra.importing.fitting import Fitting
from infra.importing.trello_history import TrelloHistory, created_at_of
from infra.importing.trello_labels import TrelloLabels

_COMPLETE: Final = "complete"
# Anything else, such as javascript:, does not belong behind a link.
_LINK_SCHEMES: Final = frozenset({"http", "https"})


class CardReader:
    """Reads the cards of one board."""

    def __init__(
        self,
        *,
        board: JsonObject,
        people: Mapping[str, ImportedPerson],
        history: TrelloHistory,
        labels: TrelloLabels,
        fitting: Fitting,
    ) -> None:
        self._people = people
        self._history = history
        self._labels = labels
        self._fitting = fitting
        self._checklists_by_card_id = _checklists_by_card_id(board)
        self._item_ids: set[str] = set()
        self._attachment_ids: set[str] = set()

    def task(self, card: JsonObject) -> ImportedTask:
        """The card as a task."""
        card_id = card.id()
        created_at, creator_id = self._creation(card)
        changed_at = max(created_at, card.find_instant("dateLastActivity") or created_at)
        name = card.text("name")
        title = self._fitting.title(name)
        description = card.find_text("desc") or ""
        if len(" ".join(name.split())) > field_rules.TITLE_CHARACTERS:
            # What the title has no room for stays readable.
            description = f"{name}\n\n{description}".rstrip()
        self._remark_losses(card)
        return ImportedTask(
            external_id=card_id,
            column_id=card.id("idList"),
            number=int(card.find_number("idShort") or 0),
            title=title,
            description=self._fitting.description(description),
            due_date=due.date() if (due := card.find_instant("due")) is not None else None,
            is_completed=card.flag("dueComplete"),
            assignee_id=self._assignee_id(card),
            creator_id=creator_id,
            label_ids=self._labels.of_card(card_id),
            created_at=created_at,
            changed_at=changed_at,
            archived_at=(
                self._history.closed_at_by_id.get(card_id, changed_at)
                if card.flag("closed")
                else None
            ),
            checklist=tuple(self._checklist(card)),
            attachments=tuple(self._attachments(card)),
            comments=tuple(self._comments(card_id)),
        )

    def _creation(self, card: JsonObject) -> tuple[datetime, str | None]:
        card_id = card.id()
        told_at, creator_id = self._history.creation_by_card_id.get(card_id, (None, None))
        created_at = created_at_of(card_id) or told_at or card.find_instant("dateLastActivity")
        if created_at is None:
            raise card.fault(
                "dateLastActivity", "is missing, and nothing else tells the card's age"
            )
        if creator_id is not None and creator_id not in self._people:
            self._fitting.note("creators left out: they do not belong to the board")
        return created_at, creator_id if creator_id in self._people else None

    def _assignee_id(self, card: JsonObject) -> str | None:
        member_ids = card.ids("idMembers")
        present = [i for i in member_ids if i in self._people and self._people[i].is_member]
        self._fitting.note("assignees left out: a task has one", len(present) - 1)
        self._fitting.note(
            "assignees left out: they do not belong to the board", len(member_ids) - len(present)
        )
        return present[0] if present else None

    def _checklist(self, card: JsonObject) -> Iterable[ImportedChecklistItem]:
        """The items of all its checklists; only several need their names to be told apart."""
        checklists = self._checklists_by_card_id[card.id()]
        ticked = {
            state.id("idCheckItem")
            for state in card.objects("checkItemStates")
            if state.find_text("state") == _COMPLETE
        }
        for checklist in sorted(checklists, key=_position):
            prefix = f"{checklist.text('name')}: " if len(checklists) > 1 else ""
            for item in sorted(require_distinct(checklist.objects("checkItems")), key=_position):
                item_id = item.id()
                if item_id in self._item_ids:
                    raise item.fault("id", "is that of another item too")
                self._item_ids.add(item_id)
                has_more = item.find_text("due") is not None or item.find_id("idMember") is not None
                self._fitting.note(
                    "due dates and members of checklist items left out", int(has_more)
                )
                yield ImportedChecklistItem(
                    external_id=item_id,
                    title=self._fitting.title(prefix + item.text("name")),
                    is_completed=item.find_text("state") == _COMPLETE or item_id in ticked,
                )

    def _attachments(self, card: JsonObject) -> Iterable[ImportedAttachment]:
        for attachment in card.objects("attachments"):
            attachment_id = attachment.id()
            if attachment_id in self._attachment_ids:
                raise attachment.fault("id", "is that of another attachment too")
            self._attachment_ids.add(attachment_id)
            url = (attachment.find_text("url") or "").strip()
            if not _is_link(url):
                self._fitting.note("attachments left out: they are no web addresses")
                continue
            yield ImportedAttachment(
                external_id=attachment_id,
                name=self._fitting.title((attachment.find_text("name") or "").strip() or url),
                url=url,
                created_at=attachment.find_instant("date"),
            )

    def _comments(self, card_id: str) -> Iterable[ImportedComment]:
        for comment in self._history.comments_by_card_id.get(card_id, ()):
            if not comment.text.strip():
                self._fitting.note("comments left out: they say nothing")
                continue
            yield ImportedComment(
                external_id=comment.id,
                author_id=comment.author_id if comment.author_id in self._people else None,
                body=self._fitting.comment(comment.text),
                created_at=comment.created_at,
                edited_at=comment.edited_at,
            )

    def _remark_losses(self, card: JsonObject) -> None:
        self._fitting.note("votes left out", card.count("idMembersVoted"))
        self._fitting.note("custom field values left out", card.count("customFieldItems"))
        self._fitting.note("start dates left out", int(card.find_text("start") is not None))


def _checklists_by_card_id(board: JsonObject) -> defaultdict[str, list[JsonObject]]:
    """Checklists stand on the board and name their card, or stand in the card."""
    by_card_id: defaultdict[str, list[JsonObject]] = defaultdict(list)
    card_by_checklist_id: dict[str, str] = {}
    seen: set[str] = set()
    for card in board.objects("cards"):
        card_by_checklist_id.update(dict.fromkeys(card.ids("idChecklists"), card.id()))
    for checklist in require_distinct(board.objects("checklists")):
        owner = checklist.find_id("idCard") or card_by_checklist_id.get(checklist.id())
        if owner is not None:
            seen.add(checklist.id())
            by_card_id[owner].append(checklist)
    for card in board.objects("cards"):
        inline = require_distinct(card.objects("checklists"))
        by_card_id[card.id()] += [each for each in inline if each.id() not in seen]
    return by_card_id


def _position(each: JsonObject) -> float:
    return each.find_number("pos") or 0.0


def _is_link(url: str) -> bool:
    # One word, as the domain stores it.
    if not url or len(url) > URL_CHARACTERS or len(url.split()) != 1:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in _LINK_SCHEMES and bool(parts.netloc)
