"""What the live hub needs from the outside."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.access import Role
from domain.errors import Unavailable
from domain.events import ProjectEvent
from domain.identifiers import ProjectId, UserId, WorkspaceId
from persistence.event_log import LogPosition


class HubClosed(Unavailable):
    """This process stops serving live updates; another one can be asked."""


class Log(Protocol):
    """The truth. Both methods raise Unavailable while it can't be read."""

    async def read(
        self, project_id: ProjectId, *, after: int, limit: int
    ) -> Sequence[ProjectEvent]:
        """Up to `limit` retained events behind `after`, ascending."""
        ...

    async def positions(self, project_ids: Collection[UUID]) -> dict[ProjectId, LogPosition]:
        """The state of each project's log; no entry for an unknown project."""
        ...


class Hints(Protocol):
    """Fast news of events, any of which may be lost, repeated or late."""

    async def subscribe(self, project_id: ProjectId, receive: Callable[[str], None]) -> None:
        """Call `receive` with every encoded event of the project from now on."""
        ...

    async def unsubscribe(self, project_id: ProjectId) -> None:
        """Stop that."""
        ...

    async def run(self, *, on_restored: Callable[[], None]) -> None:
        """Work until cancelled; call back whenever news may have been lost."""
        ...


class Memberships(Protocol):
    """Who belongs where at this moment. Both methods raise Unavailable while nobody knows."""

    async def roles(
        self, workspace_ids: Collection[UUID]
    ) -> Mapping[WorkspaceId, Mapping[UserId, Role]]:
        """Everybody's role by workspace; empty where there is nobody."""
        ...

    async def find_role(self, workspace_id: WorkspaceId, user_id: UserId) -> Role | None:
        """The user's role there, or None if they do not belong to it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLimits:
    """What bounds the memory and the work of one process."""

    followers: int = 20_000
    # What one reader may be behind in memory; beyond, it reads from the log.
    queue_events: int = 256
    # Fits twice into a queue, so that readers who keep up never overflow while a gap is filled.
    page_events: int = 128
    # What one slow reader may catch up from the log; beyond, it reads the state again.
    lag_events: int = 10_000
    # Reading the log must leave database connections to the rest of the process.
    concurrent_fills: int = 2
    concurrent_replays: int = 2
    check_seconds: float = 1.0
    # The same while the pub/sub path delivers nothing: then the log is all there is.
    urgent_check_seconds: float = 0.25
    # For so long behind the last event that it did not deliver.
    urgent_seconds: float = 5.0
    # What the pub/sub path gets to deliver an event that the log already has.
    grace_seconds: float = 0.1
    # A reloaded tab finds its feed again.
    linger_seconds: float = 10.0
