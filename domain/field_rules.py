"""Bounds and forms of the values people type. Each rule returns the value to store."""

import re
from collections.abc import Iterable
from typing import Final, TypeVar

from domain.errors import InvalidInput, LimitExceeded

T = TypeVar("T")

TITLE_CHARACTERS: Final = 500
NAME_CHARACTERS: Final = 120
# Long enough for a pasted specification, short enough to encode in one frame.
DESCRIPTION_CHARACTERS: Final = 100_000
COMMENT_CHARACTERS: Final = 50_000
IDEMPOTENCY_KEY_CHARACTERS: Final = 255
ESTIMATE_MAX: Final = 10_000
WIP_LIMIT_MAX: Final = 10_000
PASSWORD_CHARACTERS_MIN: Final = 10
# bcrypt reads no further than 72 bytes.
PASSWORD_BYTES_MAX: Final = 72
EMAIL_CHARACTERS: Final = 254

_PROJECT_KEY = re.compile(r"[A-Z][A-Z0-9]{1,9}")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)*")
_SLUG_CHARACTERS: Final = range(2, 49)


def storable(value: str, *, field: str) -> str:
    """The value, if Postgres can hold it: no NUL and no unpaired surrogate."""
    if "\x00" in value or (not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value)):
        raise InvalidInput("Contains a character that can't be stored.", field=(field,))
    return value


def line(value: str, *, field: str, characters: int = NAME_CHARACTERS) -> str:
    """One trimmed, non-empty line of text."""
    trimmed = " ".join(storable(value, field=field).split())
    if not trimmed:
        raise InvalidInput("Must not be empty.", field=(field,))
    return _bounded(trimmed, field=field, characters=characters)


def text(value: str, *, field: str, characters: int = DESCRIPTION_CHARACTERS) -> str:
    """Text of any form, within its length."""
    return _bounded(storable(value, field=field), field=field, characters=characters)


def body(value: str, *, field: str, characters: int = COMMENT_CHARACTERS) -> str:
    """Text that says something."""
    if not value.strip():
        raise InvalidInput("Must not be empty.", field=(field,))
    return text(value, field=field, characters=characters)


def project_key(value: str, *, field: str = "key") -> str:
    """A project's prefix in human keys."""
    if not _PROJECT_KEY.fullmatch(value):
        raise InvalidInput(
            "Must be 2 to 10 capital letters and digits, beginning with a letter.", field=(field,)
        )
    return value


def slug(value: str, *, field: str = "slug") -> str:
    """A workspace's part in addresses."""
    if len(value) not in _SLUG_CHARACTERS or not _SLUG.fullmatch(value):
        raise InvalidInput(
            "Must be 2 to 48 lower-case letters, digits and single hyphens.", field=(field,)
        )
    return value


def color(value: str, *, field: str = "color") -> str:
    """An RGB colour, lower case."""
    if not _COLOR.fullmatch(value):
        raise InvalidInput("Must be a colour like #1f6feb.", field=(field,))
    return value.lower()


def whole_number(value: int, *, field: str, least: int, most: int) -> int:
    """A number within its bounds, both included."""
    if not least <= value <= most:
        raise InvalidInput(f"Must be between {least} and {most}.", field=(field,))
    return value


def email(value: str, *, field: str = "email") -> str:
    """An address in the form it is compared in."""
    address = storable(value, field=field).strip().lower()
    if len(address) > EMAIL_CHARACTERS or not _EMAIL.fullmatch(address):
        raise InvalidInput("Must be an e-mail address.", field=(field,))
    return address


def password(value: str, *, field: str = "password") -> str:
    """A password worth hashing."""
    storable(value, field=field)
    if len(value) < PASSWORD_CHARACTERS_MIN:
        raise InvalidInput(
            f"Must have at least {PASSWORD_CHARACTERS_MIN} characters.", field=(field,)
        )
    if len(value.encode()) > PASSWORD_BYTES_MAX:
        raise InvalidInput(f"Must have at most {PASSWORD_BYTES_MAX} bytes.", field=(field,))
    return value


def at_most(values: Iterable[T], *, field: str, count: int) -> tuple[T, ...]:
    """The values without repeats, in order, if there are few enough."""
    distinct = tuple(dict.fromkeys(values))
    if len(distinct) > count:
        raise LimitExceeded(f"At most {count} at once.", field=(field,))
    return distinct


def _bounded(value: str, *, field: str, characters: int) -> str:
    if len(value) > characters:
        raise InvalidInput(f"Must have at most {characters} characters.", field=(field,))
    return value
