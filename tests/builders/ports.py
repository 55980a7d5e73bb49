"""Clock, identifiers and trace that give the same answers in every run."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

MONDAY: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
TRACE_PARENT: Final = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class FixedClock:
    """`domain.ports.Clock` that goes on by a second whenever it is told to."""

    def __init__(self, instant: datetime = MONDAY) -> None:
        self.instant = instant

    def now(self) -> datetime:
        return self.instant

    def advance(self, seconds: float = 1) -> datetime:
        self.instant += timedelta(seconds=seconds)
        return self.instant


class CountingIds:
    """`domain.ports.IdGenerator`: version 7 UUIDs that count up."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def new_id(self) -> UUID:
        return numbered_id(next(self._numbers))


class PlainTokens:
    """`domain.ports.InvitationTokens` that can be read."""

    def token_of(self, invitation_id: UUID, created_at: datetime) -> str:
        return f"{invitation_id}.{created_at.isoformat()}"

    def find_id(self, token: str) -> UUID | None:
        try:
            return UUID(token.partition(".")[0])
        except ValueError:
            return None

    def hash(self, token: str) -> str:
        return f"hash of {token}"


class FixedTrace:
    """`domain.ports.TraceContext` that is always in the same span."""

    def current_trace_parent(self) -> str | None:
        return TRACE_PARENT


def numbered_id(number: int) -> UUID:
    """The version 7 UUID with this number; higher numbers sort higher."""
    return UUID(int=(0x0190_0000_0000 << 80) | (0x7 << 76) | (0b10 << 62) | number)


# What `new_id` takes its number from, apart from the ids that CountingIds hands out.
_numbers = itertools.count(1 << 40)


def new_id() -> UUID:
    """A UUID that no other builder uses."""
    return numbered_id(next(_numbers))
