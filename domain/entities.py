"""The objects of a workspace, as values. Use cases make changed copies; stores keep them."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from domain.access import Role
from domain.identifiers import (
    AttachmentId,
    ChecklistItemId,
    ColumnId,
    CommentId,
    InvitationId,
    LabelId,
    MembershipId,
    ProjectId,
    TaskId,
    UserId,
    WorkspaceId,
)


class Priority(Enum):
    """How urgent a task is; the value is what the database sorts by."""

    NONE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    URGENT = 4


class ColumnCategory(Enum):
    """What standing in a column means for a task's life."""

    BACKLOG = "BACKLOG"
    UNSTARTED = "UNSTARTED"
    STARTED = "STARTED"
    DONE = "DONE"
    CANCELED = "CANCELED"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person. `email` is None for people who were imported and can't sign in."""

    id: UserId
    name: str
    email: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A tenant: what is in it is seen by its members alone."""

    id: WorkspaceId
    slug: str
    name: str
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A user's role in a workspace."""

    id: MembershipId
    workspace_id: WorkspaceId
    user_id: UserId
    role: Role
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An open door for whoever has the address and the token, once and until it expires.

    The token itself is never kept. `inviter_id` is None once that person's account is gone.
    """

    id: InvitationId
    workspace_id: WorkspaceId
    email: str
    role: Role
    inviter_id: UserId | None
    token_hash: str
    expires_at: datetime
    accepted_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A board. `event_seq` is the seq of its latest event, 0 before the first."""

    id: ProjectId
    workspace_id: WorkspaceId
    key: str
    name: str
    description: str
    version: int
    event_seq: int
    last_task_number: int
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A lane of a board. `position` is a rank unique in the project."""

    id: ColumnId
    workspace_id: WorkspaceId
    project_id: ProjectId
    name: str
    category: ColumnCategory
    wip_limit: int | None
    position: str
    version: int
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A coloured word for tasks; its name is unique in the project, whatever the case."""

    id: LabelId
    workspace_id: WorkspaceId
    project_id: ProjectId
    name: str
    color: str
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A card. `position` is a rank unique in its column, archived tasks included."""

    id: TaskId
    workspace_id: WorkspaceId
    project_id: ProjectId
    column_id: ColumnId
    number: int
    key: str
    title: str
    description: str
    position: str
    priority: Priority
    estimate: int | None
    due_date: date | None
    assignee_id: UserId | None
    creator_id: UserId | None
    parent_id: TaskId | None
    version: int
    started_at: datetime | None
    completed_at: datetime | None
    canceled_at: datetime | None
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItem:
    """A step of a task. `position` is a rank unique in the task."""

    id: ChecklistItemId
    workspace_id: WorkspaceId
    project_id: ProjectId
    task_id: TaskId
    title: str
    is_completed: bool
    position: str
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A link that belongs to a task."""

    id: AttachmentId
    workspace_id: WorkspaceId
    project_id: ProjectId
    task_id: TaskId
    name: str
    url: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What somebody said about a task, in Markdown. `parent_id` is the comment it answers."""

    id: CommentId
    workspace_id: WorkspaceId
    project_id: ProjectId
    task_id: TaskId
    parent_id: CommentId | None
    author_id: UserId | None
    body: str
    version: int
    edited_at: datetime | None
    created_at: datetime
    updated_at: datetime
