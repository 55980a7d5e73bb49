"""Secrets, kept out of the log."""

import re
from collections.abc import Collection
from typing import Final

_REDACTED: Final = "[redacted]"
# What comes behind is not looked at and not logged.
_SEARCHED_CHARACTERS: Final = 65_536
# Shorter ones would hit words.
_SECRET_CHARACTERS_MIN: Final = 6

# The names under which secrets stand, whatever they look like.
_NAMES: Final = (
    r"password|passwd|passphrase|secret(?:[_-]?key)?|api[_-]?key|(?:access|refresh|id)?[_-]?token"
    r"|authorization|set-cookie|cookie"
)
_PATTERN: Final = re.compile(
    r"(?P<bearer>\bbearer\s+)[^\s\"',]+"
    r"|\btw_[A-Za-z0-9_-]+"
    r"|\beyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){0,4}"
    r"|(?P<invitation>/invite/)[A-Za-z0-9_-]+"
    r"|(?P<url>\b[a-z][a-z0-9+.-]{1,20}://)[^\s/?#@\"']*@"
    rf"|(?P<named>\b(?:{_NAMES})[\"']?\s{{0,3}}[=:]\s{{0,3}})"
    r"(?:\"[^\"]*\"?|'[^']*'?|(?:(?:bearer|basic)\s+)?[^\s,;&)}\]]+)",
    re.IGNORECASE,
)


class Redaction:
    """Takes out what looks like a token or password, and the given secrets whatever they look."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        long_enough = {s for s in secrets if len(s) >= _SECRET_CHARACTERS_MIN}
        # The longest first: one secret may begin with another.
        self._secrets = sorted(long_enough, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text without secrets, and without what stands behind its first 64 Ki characters."""
        text = text[:_SEARCHED_CHARACTERS]
        for secret in self._secrets:
            text = text.replace(secret, _REDACTED)
        return _PATTERN.sub(_replacement, text)


def _replacement(found: re.Match[str]) -> str:
    kept = found["bearer"] or found["invitation"] or found["named"] or ""
    if found["url"]:
        return f"{found['url']}{_REDACTED}@"
    return f"{kept}{_REDACTED}"
