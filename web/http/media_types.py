"""Choosing the media type of an answer, by the rules of HTTP and of GraphQL over HTTP."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
JSON: Final = "application/json"
EVENT_STREAM: Final = "text/event-stream"

# Browsers and libraries send a handful of values, each with every request.
_REMEMBERED_MAX: Final = 64

# The most specific range that matches decides; these are its ranks.
_EXACT: Final = 2
_SUBTYPE: Final = 1
_ANY: Final = 0


@dataclass(frozen=True, slots=True)
class _Range:
    media_type: str
    quality: float

    def specificity(self, offered: str) -> int | None:
        """How closely it matches, or None when it does not."""
        if self.media_type == offered:
            return _EXACT
        if self.media_type == "*/*":
            return _ANY
        kind = offered.partition("/")[0]
        return _SUBTYPE if self.media_type == f"{kind}/*" else None


@lru_cache(maxsize=_REMEMBERED_MAX)
def negotiate(accept: str | None) -> str | None:
    """The media type to answer with, or None if the client takes neither.

    Who names no type exactly gets application/json, which every client understands;
    who ranks both the same gets application/graphql-response+json, which says more.
    """
    if accept is None or not accept.strip():
        return JSON
    ranked = []
    for preference, offered in enumerate((JSON, GRAPHQL_RESPONSE)):
        match = _match(accept, offered)
        if match is not None:
            specificity, quality = match
            is_named = specificity == _EXACT
            ranked.append((quality, is_named, preference if is_named else -preference, offered))
    if not ranked:
        return None
    quality, *_, chosen = max(ranked)
    return chosen if quality > 0 else None


@lru_cache(maxsize=_REMEMBERED_MAX)
def takes_event_stream(accept: str | None) -> bool:
    """Whether the client takes server-sent events; who says nothing takes everything."""
    if accept is None or not accept.strip():
        return True
    match = _match(accept, EVENT_STREAM)
    return match is not None and match[1] > 0


def _match(accept: str, offered: str) -> tuple[int, float] | None:
    """How closely the closest range matches, and its quality; None when none does."""
    ranges = [r for r in map(_parse_range, accept.split(",")) if r is not None]
    matches = [
        (specificity, r.quality)
        for r in ranges
        if (specificity := r.specificity(offered)) is not None
    ]
    return max(matches) if matches else None


def _parse_range(text: str) -> _Range | None:
    """One element of an Accept header; None when it is malformed or not in UTF-8."""
    media_type, *parameters = (part.strip().lower() for part in text.split(";"))
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        match name.strip(), value.strip().strip('"'):
            case "charset", charset if charset != "utf-8":
                return None
            case "q", weight:
                try:
                    quality = float(weight)
                except ValueError:
                    return None
    if "/" not in media_type or not 0 <= quality <= 1:
        return None
    return _Range(media_type, quality)
