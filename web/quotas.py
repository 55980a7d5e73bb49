"""What each user may have open and start in this process, over whichever transport."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Address

from domain.accounts import AccessClaims
from domain.errors import LimitExceeded
from infra.metrics import RATE_LIMITED

# Values of the metric's label.
_CONNECTIONS: Final = "connections"
_OPERATIONS: Final = "operations"
_OPEN_OPERATIONS: Final = "open_operations"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaLimits:
    """What one user may take of one process. Who is not signed in is told apart by address."""

    connections: int = 500
    operations_per_second: float = 100.0
    # All sockets of a user may come back at once, each with a board and its open tasks.
    burst_seconds: float = 10.0


def owner_of(claims: AccessClaims | None, client: Address | None) -> str:
    """Whose quota counts: the user's, or that of the address when nobody is signed in."""
    if claims is not None:
        return str(claims.user_id)
    return "" if client is None else client.host


def refuse_another_open_operation() -> None:
    """Count that a connection had as many operations as one may have at once."""
    RATE_LIMITED.labels(_OPEN_OPERATIONS).inc()


class Quota:
    """One user's share, from their first connection to their last."""

    def __init__(self, limits: QuotaLimits, clock: Callable[[], float]) -> None:
        self._rate = limits.operations_per_second
        self._most = max(1.0, limits.operations_per_second * limits.burst_seconds)
        self._clock = clock
        self._left = self._most
        self._counted_at = clock()
        self.connections = 0

    def take_operation(self) -> bool:
        """Count one more operation; False when the user starts them faster than allowed."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._counted_at) * self._rate)
        self._counted_at = now
        if self._left < 1:
            RATE_LIMITED.labels(_OPERATIONS).inc()
            return False
        self._left -= 1
        return True


class Quotas:
    """The quotas of all users with open connections."""

    def __init__(
        self, limits: QuotaLimits | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = limits or QuotaLimits()
        self._clock = clock
        self._quota_by_owner: dict[str, Quota] = {}
        # An increase from nothing would not show.
        for limit in (_CONNECTIONS, _OPERATIONS, _OPEN_OPERATIONS):
            RATE_LIMITED.labels(limit)

    def enter(self, owner: str) -> Quota:
        """Count one more connection of the owner's; raise LimitExceeded when that is too many."""
        quota = self._quota_by_owner.get(owner) or Quota(self._limits, self._clock)
        if quota.connections >= self._limits.connections:
            RATE_LIMITED.labels(_CONNECTIONS).inc()
            raise LimitExceeded("Too many connections of this user.")
        quota.connections += 1
        self._quota_by_owner[owner] = quota
        return quota

    def leave(self, owner: str) -> None:
        """Count one connection less."""
        quota = self._quota_by_owner[owner]
        quota.connections -= 1
        if not quota.connections:
            del self._quota_by_owner[owner]

    def __len__(self) -> int:
        return len(self._quota_by_owner)
