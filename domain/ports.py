"""What use cases need from the outside."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from domain.access import Role
from domain.board_import import ImportKey
from domain.entities import (
    Attachment,
    ChecklistItem,
    Column,
    Comment,
    Invitation,
    Label,
    Membership,
    Project,
    Task,
    User,
    Workspace,
)
from domain.events import ProjectEvent, Resync
from domain.identifiers import (
    ColumnId,
    CommentId,
    LabelId,
    ProjectId,
    TaskId,
    UserId,
    WorkspaceId,
)
from domain.reads import TasksFound, TasksWanted

E = TypeVar("E")


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class IdGenerator(Protocol):
    """A source of new identifiers."""

    def new_id(self) -> UUID:
        """A UUID version 7: later ones sort higher."""
        ...


class TraceContext(Protocol):
    """The trace this code runs in."""

    def current_trace_parent(self) -> str | None:
        """The W3C traceparent of the active span, or None outside any trace."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedProject:
    """A project whose row is locked until the transaction ends, and the actor's role there."""

    project: Project
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The ranks on both sides of a place in an order; None at either end."""

    previous: str | None
    following: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotentResult:
    """What the first use of an idempotency key led to."""

    fingerprint: str
    object_ids: tuple[UUID, ...]
    project_id: ProjectId | None
    seq: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPlace:
    """Where a task is to go: into a column, next to none, one or two others."""

    task_id: UUID
    # None leaves it where it stands.
    column_id: UUID | None
    before_id: UUID | None = None
    after_id: UUID | None = None


class Overtaken(Exception):
    """The project changed meanwhile: run the command again. Nothing has happened."""


class NotBrief(Exception):
    """The change asks for what a transaction alone has: run it in one. Nothing has happened."""


class Store(Protocol[E]):
    """The rows of one kind of entity inside a unit of work."""

    async def find(self, entity_id: UUID) -> E | None:
        """The entity, or None if there is none with that id."""
        ...

    async def find_many(self, ids: Collection[UUID]) -> Sequence[E]:
        """Those of the ids that exist, in no particular order."""
        ...

    async def add(self, *entities: E) -> None:
        """Insert them in one statement; raise AlreadyExists when a unique value is taken."""
        ...

    async def update(self, before: E, after: E) -> None:
        """Write the fields that differ; raise AlreadyExists when a unique value is taken."""
        ...

    async def delete(self, *ids: UUID) -> None:
        """Remove them with everything that belongs to them."""
        ...


class BoardImports(Protocol):
    """What imports need beside the stores: the ledger of earlier ones, and what is there."""

    async def imported_ids(
        self, workspace_id: WorkspaceId, source: str, external_ids: Collection[str]
    ) -> Mapping[ImportKey, UUID]:
        """What earlier imports made of those of the ids, though it may be deleted since."""
        ...

    async def keep(
        self,
        workspace_id: WorkspaceId,
        source: str,
        object_id_by_key: Mapping[ImportKey, UUID],
        imported_at: datetime,
    ) -> None:
        """Remember what this import made."""
        ...

    async def project_keys(self, workspace_id: WorkspaceId) -> frozenset[str]:
        """The keys of the workspace's projects, archived ones included."""
        ...

    async def columns(self, project_id: ProjectId) -> Sequence[Column]:
        """Every column of the project in board order, archived ones included."""
        ...

    async def labels(self, project_id: ProjectId) -> Sequence[Label]:
        """Every label of the project."""
        ...


class InvitationTokens(Protocol):
    """Tokens that nobody can guess, and that can be made again for a retry of the invitation."""

    def token_of(self, invitation_id: UUID, created_at: datetime) -> str:
        """The token of the invitation that was made at that instant."""
        ...

    def find_id(self, token: str) -> UUID | None:
        """Which invitation the token says it is of, or None if it can be of none."""
        ...

    def hash(self, token: str) -> str:
        """What to keep of a token."""
        ...


class Invitations(Store[Invitation], Protocol):
    """The invitations inside a unit of work."""

    async def of_workspace(self, workspace_id: WorkspaceId) -> Sequence[Invitation]:
        """Every invitation to the workspace that is kept, in no particular order."""
        ...

    async def is_address_of_member(self, workspace_id: WorkspaceId, email: str) -> bool:
        """Whether somebody with the address belongs to the workspace."""
        ...

    async def lock_workspace(self, workspace_id: WorkspaceId) -> Workspace | None:
        """The workspace, locked, for somebody who is about to join it; None if it is gone."""
        ...


class UnitOfWork(Protocol):
    """One transaction. State and events become visible together at commit, or not at all.

    A project's row is locked first and until the end, so its changes are serial:
    what a use case reads after the lock stays true until it commits.
    """

    users: Store[User]
    workspaces: Store[Workspace]
    memberships: Store[Membership]
    invitations: Invitations
    projects: Store[Project]
    columns: Store[Column]
    labels: Store[Label]
    tasks: Store[Task]
    checklist_items: Store[ChecklistItem]
    attachments: Store[Attachment]
    comments: Store[Comment]
    imports: BoardImports

    @property
    def along(self) -> TasksFound | None:
        """What the caller wanted along with the task, if it was read and holds at the commit."""
        ...

    async def lock_workspace(self, workspace_id: UUID, actor_id: UserId) -> tuple[Workspace, Role]:
        """The workspace, locked; raise NotFound unless the actor is a member."""
        ...

    async def lock_projects(self, workspace_id: WorkspaceId) -> Sequence[Project]:
        """Every project of a locked workspace, locked in the order of their ids."""
        ...

    async def members(self, workspace_id: WorkspaceId) -> Sequence[Membership]:
        """Who belongs to the workspace, in no particular order."""
        ...

    async def lock_project(self, project_id: UUID, actor_id: UserId) -> LockedProject:
        """The project, locked; raise NotFound unless the actor is a member of its workspace."""
        ...

    async def lock_project_of(self, store: str, object_id: UUID, actor_id: UserId) -> LockedProject:
        """Like lock_project, for the project of a row in `tasks`, `columns`, `labels`, …."""
        ...

    async def read_ahead(self, place: TaskPlace, actor_id: UserId) -> None:
        """Where it saves round trips, read at once what moving the task there will ask for."""
        ...

    async def is_member(self, workspace_id: WorkspaceId, user_id: UUID) -> bool:
        """Whether the user belongs to the workspace."""
        ...

    async def column_gap(
        self, project_id: ProjectId, *, moving: UUID | None, before: UUID | None, after: UUID | None
    ) -> Gap | None:
        """Where among the columns; None when a neighbour is not one of them."""
        ...

    async def task_gap(
        self, column_id: ColumnId, *, moving: UUID | None, before: UUID | None, after: UUID | None
    ) -> Gap | None:
        """Where in the column; None when none of the named neighbours stands in it."""
        ...

    async def checklist_gap(
        self, task_id: TaskId, *, moving: UUID | None, before: UUID | None, after: UUID | None
    ) -> Gap | None:
        """Where in the checklist; None when none of the named neighbours stands in it."""
        ...

    async def checklist_size(self, task_id: TaskId) -> int:
        """How many items the task's checklist has."""
        ...

    async def tasks_around(
        self, column_id: ColumnId, rank: str, count: int, *, excluding: TaskId | None
    ) -> Sequence[Task]:
        """Up to `count` tasks below and `count` above the rank, in board order."""
        ...

    async def tasks_in_column(self, column_id: ColumnId) -> Sequence[Task]:
        """Every task of the column in board order, archived ones included."""
        ...

    async def reposition_tasks(self, position_by_task_id: dict[TaskId, str]) -> None:
        """Give tasks of one column new ranks in one statement."""
        ...

    async def subtasks(self, task_id: TaskId) -> Sequence[Task]:
        """The tasks whose parent it is."""
        ...

    async def columns_of(self, project_id: ProjectId) -> Sequence[Column]:
        """Every column of the project in board order, archived ones included."""
        ...

    async def answers(self, comment_id: CommentId) -> Sequence[Comment]:
        """The comments whose parent it is, oldest first."""
        ...

    async def ancestor_ids(self, task_id: TaskId) -> frozenset[TaskId]:
        """Its parent, the parent's parent and so on."""
        ...

    async def label_ids(self, task_id: TaskId) -> frozenset[LabelId]:
        """The labels on the task."""
        ...

    async def add_labels(
        self, task_ids: Collection[TaskId], label_ids: Collection[LabelId]
    ) -> None:
        """Put each label on each task; the ones that are there stay."""
        ...

    async def remove_labels(
        self, task_ids: Collection[TaskId], label_ids: Collection[LabelId]
    ) -> None:
        """Take the labels off the tasks; absent ones are passed over."""
        ...

    def record(self, *events: ProjectEvent) -> None:
        """Append events of a locked project to its log at commit; `seq` continues its counter."""
        ...

    async def claim_idempotency_key(
        self, actor_id: UserId, key: str, fingerprint: str
    ) -> IdempotentResult | None:
        """None when the key is new and now claimed, otherwise its first result.

        Waits while another transaction holds the same key.
        """
        ...

    async def keep_idempotent_result(
        self, actor_id: UserId, key: str, result: IdempotentResult
    ) -> None:
        """Remember what the claimed key led to."""
        ...

    async def commit(self) -> None:
        """Write the recorded events, wake the relay and make everything visible."""
        ...


class UnitOfWorkFactory(Protocol):
    """Opens transactions."""

    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work that rolls back unless it commits."""
        ...


class BriefWorkFactory(Protocol):
    """Opens units of work for one small change, without a lock.

    Their commit raises Overtaken unless what was read is as it was, and whatever they are not
    made for raises NotBrief at once.
    """

    def __call__(self, wanted: TasksWanted | None) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work that reads along what is wanted beside the task, where it can."""
        ...


class LiveEvents(Protocol):
    """The live tail of every project's log."""

    def follow(
        self, project_id: ProjectId, *, after: int | None
    ) -> AbstractAsyncContextManager[AsyncIterator[ProjectEvent | Resync]]:
        """Every event once and in order: from the next one, or first replayed after a seq.

        What can't be replayed is announced with a Resync, after which the stream
        goes on behind its cursor. Raises LimitExceeded when this process follows
        as many as it may. Leaving the context ends it.
        """
        ...
