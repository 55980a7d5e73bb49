"""Names of operations that metrics may carry: clients choose them, so there must be few."""

import re
from collections.abc import Iterable
from typing import Final

ANONYMOUS: Final = "anonymous"
OTHER: Final = "other"
# Beside those of the client's build, for integrations and the API explorer.
_FURTHER_NAMES_MAX: Final = 100
_NAME_CHARACTERS_MAX: Final = 64
_OPERATION: Final = re.compile(r"\b(?:query|mutation|subscription)\s+([_A-Za-z][_0-9A-Za-z]*)")


class OperationNames:
    """The client's own names, and up to 100 more in the order they come; then `other`."""

    def __init__(self, documents: Iterable[str]) -> None:
        self._names = {name for document in documents for name in _OPERATION.findall(document)}
        self._further_names_left = _FURTHER_NAMES_MAX

    def label(self, name: str | None) -> str:
        """What metrics call an operation that may be executed under this name."""
        if name is None:
            return ANONYMOUS
        if name in self._names:
            return name
        if self._further_names_left and len(name) <= _NAME_CHARACTERS_MAX:
            self._further_names_left -= 1
            self._names.add(name)
            return name
        return OTHER


def logged_name(name: str | None) -> str:
    """What an access line calls the operation."""
    return ANONYMOUS if name is None else name[:_NAME_CHARACTERS_MAX]
