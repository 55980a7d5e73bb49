"""Trello's labels, as new exports list them and as old ones hide them in the cards."""

from collections.abc import Iterable, Mapping
from typing import Final

from domain.board_import import ImportedLabel
from infra.importing.document import JsonObject
from infra.importing.fitting import Fitting

# Trello's palette in its three shades.
_COLOR_BY_NAME: Final[Mapping[str, str]] = {
    "green": "#61bd4f",
    "green_dark": "#519839",
    "green_light": "#b7ddb0",
    "yellow": "#f2d600",
    "yellow_dark": "#d9b51c",
    "yellow_light": "#f5ea92",
    "orange": "#ff9f1a",
    "orange_dark": "#cd8313",
    "orange_light": "#fad29c",
    "red": "#eb5a46",
    "red_dark": "#b04632",
    "red_light": "#efb3ab",
    "purple": "#c377e0",
    "purple_dark": "#89609e",
    "purple_light": "#dfc0eb",
    "blue": "#0079bf",
    "blue_dark": "#055a8c",
    "blue_light": "#8bbdd9",
    "sky": "#00c2e0",
    "sky_dark": "#0098b7",
    "sky_light": "#8fdfeb",
    "lime": "#51e898",
    "lime_dark": "#4bbf6b",
    "lime_light": "#b3f1d0",
    "pink": "#ff78cb",
    "pink_dark": "#c9558f",
    "pink_light": "#f9c2e4",
    "black": "#344563",
    "black_dark": "#091e42",
    "black_light": "#505f79",
}
# Labels without a colour, and colours that Trello may add.
_NO_COLOR: Final = "#8590a2"


class TrelloLabels:
    """The board's labels, gathered from wherever the export has them."""

    def __init__(self, board: JsonObject, cards: Iterable[JsonObject], fitting: Fitting) -> None:
        self._board_id = board.id()
        self._fitting = fitting
        self._label_by_id: dict[str, tuple[str, str | None]] = {}
        self._used: set[str] = set()
        listed = board.objects("labels")
        for label in listed:
            self._gather(label)
        if not listed:
            self._gather_names(board)
        self._ids_by_card_id: dict[str, tuple[str, ...]] = {}
        for card in cards:
            # The cards' own copies fill in for labels that the board's list leaves out.
            copies = [self._gather(label) for label in card.objects("labels")]
            named = [i for i in card.ids("idLabels") if i in self._label_by_id]
            ids = tuple(dict.fromkeys([*copies, *named]))
            self._ids_by_card_id[card.id()] = ids
            self._used.update(ids)

    def of_card(self, card_id: str) -> tuple[str, ...]:
        """The ids of the card's labels."""
        return self._ids_by_card_id[card_id]

    def all(self) -> tuple[ImportedLabel, ...]:
        """The labels with a name, and those without that a card has, named by their colour."""
        return tuple(
            ImportedLabel(
                external_id=label_id,
                name=self._fitting.name(name or _color_words(color)),
                color=_COLOR_BY_NAME.get(color or "", _NO_COLOR),
            )
            for label_id, (name, color) in self._label_by_id.items()
            if name or label_id in self._used
        )

    def _gather(self, label: JsonObject) -> str:
        name = (label.find_text("name") or "").strip()
        color = label.find_text("color")
        # Old exports know a label by its colour alone.
        label_id = label.find_id("id") or self._id_of_color(color)
        self._label_by_id.setdefault(label_id, (name, color))
        return label_id

    def _gather_names(self, board: JsonObject) -> None:
        names = board.find_object("labelNames")
        for color in names.members if names is not None else ():
            name = (names.find_text(color) or "").strip() if names is not None else ""
            if name:
                self._label_by_id[self._id_of_color(color)] = (name, color)

    def _id_of_color(self, color: str | None) -> str:
        return f"{self._board_id}:{color or 'none'}"


def _color_words(color: str | None) -> str:
    """`green_dark` → "Dark green"."""
    hue, _, shade = (color or "no color").partition("_")
    return f"{shade} {hue}".strip().capitalize()
