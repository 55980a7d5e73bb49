"""Texts of another tool, made to fit the bounds of ours."""

from collections import Counter
from typing import Final

from domain import field_rules

_NO_TITLE: Final = "(no title)"
_ELLIPSIS: Final = "…"


class Fitting:
    """Shortens what is too long; `remarks` counts that and what else is not kept as it is."""

    def __init__(self) -> None:
        self.remarks: Counter[str] = Counter()

    def note(self, remark: str, count: int = 1) -> None:
        """Count what is not kept; nothing happens where `count` is below one."""
        if count > 0:
            self.remarks[remark] += count

    def title(self, text: str) -> str:
        """One line for a title."""
        return self._line(text, field_rules.TITLE_CHARACTERS)

    def name(self, text: str) -> str:
        """One line for a name."""
        return self._line(text, field_rules.NAME_CHARACTERS)

    def description(self, text: str) -> str:
        """Markdown that may be empty."""
        return self._cut(text, field_rules.DESCRIPTION_CHARACTERS)

    def comment(self, text: str) -> str:
        """Markdown."""
        return self._cut(text, field_rules.COMMENT_CHARACTERS)

    def _line(self, text: str, characters: int) -> str:
        return self._cut(" ".join(text.split()) or _NO_TITLE, characters)

    def _cut(self, text: str, characters: int) -> str:
        if len(text) <= characters:
            return text
        self.note(f"texts shortened to {characters:,} characters")
        return text[: characters - 1].rstrip() + _ELLIPSIS
