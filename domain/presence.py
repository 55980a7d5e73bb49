"""Who is at a project now. Nothing of it is kept: no event tells of it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.commands.execution import Command
from domain.entities import Project
from domain.identifiers import ProjectId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPresence(Command):
    """What the actor looks at and drags: all of it, so that what is absent is over."""

    project_id: UUID
    task_id: UUID | None = None
    dragged_task_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentMember:
    """Somebody who is there, and what they reported last."""

    user_id: UserId
    # None: the board as a whole.
    task_id: UUID | None
    dragged_task_id: UUID | None
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceSnapshot:
    """Everybody who is at a project, in the order in which they came.

    While Redis is away it tells of those alone whom this process serves, and is not complete.
    """

    project_id: ProjectId
    members: tuple[PresentMember, ...]
    is_complete: bool


class Presence(Protocol):
    """Who is where."""

    def follow(
        self, project: Project, user_id: UserId
    ) -> AbstractAsyncContextManager[AsyncIterator[PresenceSnapshot]]:
        """Be there while the context is open, and hear who else is, beginning with now.

        A reader that is slow hears the newest alone. Ends with Forbidden when the user may
        no longer see the project. Raises LimitExceeded when this process follows as many
        projects as it may, Unavailable when it stops.
        """
        ...

    async def report(self, user_id: UserId, report: ReportPresence) -> None:
        """Tell the others. Of what comes too often, the newest is told a moment later.

        Raises Unavailable when there is nobody to tell it.
        """
        ...
