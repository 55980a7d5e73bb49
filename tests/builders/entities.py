"""Entities with sensible fields, of which a test names those it is about."""

from datetime import date, datetime, timedelta
from typing import TypedDict, Unpack
from uuid import UUID

from domain.access import Role
from domain.entities import (
    ChecklistItem,
    Column,
    ColumnCategory,
    Comment,
    Invitation,
    Label,
    Membership,
    Priority,
    Project,
    Task,
    User,
    Workspace,
)
from domain.identifiers import (
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
from tests.builders.ports import MONDAY, new_id


def a_user(
    *, name: str = "Ada Lovelace", email: str | None = None, user_id: UUID | None = None
) -> User:
    """A person, who can sign in when there is an address."""
    return User(
        id=UserId(user_id or new_id()),
        name=name,
        email=email,
        created_at=MONDAY,
        updated_at=MONDAY,
    )


def a_workspace(*, slug: str | None = None, name: str = "Analytical Engines") -> Workspace:
    """A workspace without members."""
    workspace_id = WorkspaceId(new_id())
    return Workspace(
        id=workspace_id,
        slug=slug or f"w{workspace_id.hex[-12:]}",
        name=name,
        version=1,
        created_at=MONDAY,
        updated_at=MONDAY,
    )


def a_membership(workspace: Workspace, user: User, role: Role = Role.MEMBER) -> Membership:
    """The user's role in the workspace."""
    return Membership(
        id=MembershipId(new_id()),
        workspace_id=workspace.id,
        user_id=user.id,
        role=role,
        created_at=MONDAY,
        updated_at=MONDAY,
    )


def an_invitation(
    workspace: Workspace, *, email: str = "guest@example.test", inviter: User | None = None
) -> Invitation:
    """An invitation that is good for a year, with a hash of nothing."""
    return Invitation(
        id=InvitationId(new_id()),
        workspace_id=workspace.id,
        email=email,
        role=Role.MEMBER,
        inviter_id=inviter.id if inviter else None,
        token_hash="hash",
        expires_at=MONDAY + timedelta(days=365),
        accepted_at=None,
        created_at=MONDAY,
        updated_at=MONDAY,
    )


class ProjectFields(TypedDict, total=False):
    """What a test may say of a project."""

    key: str
    name: str
    description: str
    event_seq: int
    last_task_number: int
    archived_at: datetime | None


def a_project(workspace: Workspace | None = None, **said: Unpack[ProjectFields]) -> Project:
    """A project without columns or events."""
    fields: ProjectFields = {
        "key": "ENG",
        "name": "Engine",
        "description": "",
        "event_seq": 0,
        "last_task_number": 0,
        "archived_at": None,
    }
    filled: ProjectFields = {**fields, **said}
    return Project(
        id=ProjectId(new_id()),
        workspace_id=(workspace or a_workspace()).id,
        version=1,
        created_at=MONDAY,
        updated_at=MONDAY,
        **filled,
    )


class ColumnFields(TypedDict, total=False):
    """What a test may say of a column."""

    name: str
    category: ColumnCategory
    wip_limit: int | None
    position: str
    archived_at: datetime | None


def a_column(project: Project | None = None, **said: Unpack[ColumnFields]) -> Column:
    """An open column."""
    project = project or a_project()
    fields: ColumnFields = {
        "name": "To do",
        "category": ColumnCategory.UNSTARTED,
        "wip_limit": None,
        "position": "a0",
        "archived_at": None,
    }
    filled: ColumnFields = {**fields, **said}
    return Column(
        id=ColumnId(new_id()),
        workspace_id=project.workspace_id,
        project_id=project.id,
        version=1,
        created_at=MONDAY,
        updated_at=MONDAY,
        **filled,
    )


class TaskFields(TypedDict, total=False):
    """What a test may say of a task."""

    number: int
    title: str
    description: str
    position: str
    priority: Priority
    estimate: int | None
    due_date: date | None
    assignee_id: UserId | None
    creator_id: UserId | None
    parent_id: TaskId | None
    started_at: datetime | None
    completed_at: datetime | None
    canceled_at: datetime | None
    archived_at: datetime | None


def a_task(column: Column | None = None, **said: Unpack[TaskFields]) -> Task:
    """A plain task, the first of its project unless it has another number."""
    column = column or a_column()
    fields: TaskFields = {
        "number": 1,
        "title": "Weave algebraical patterns",
        "description": "",
        "position": "a0",
        "priority": Priority.NONE,
        "estimate": None,
        "due_date": None,
        "assignee_id": None,
        "creator_id": None,
        "parent_id": None,
        "started_at": None,
        "completed_at": None,
        "canceled_at": None,
        "archived_at": None,
    }
    filled: TaskFields = {**fields, **said}
    return Task(
        id=TaskId(new_id()),
        workspace_id=column.workspace_id,
        project_id=column.project_id,
        column_id=column.id,
        key=f"ENG-{filled['number']}",
        version=1,
        created_at=MONDAY,
        updated_at=MONDAY,
        **filled,
    )


def a_label(project: Project, *, name: str = "Bug", color: str = "#d73a4a") -> Label:
    """A label of the project."""
    return Label(
        id=LabelId(new_id()),
        workspace_id=project.workspace_id,
        project_id=project.id,
        name=name,
        color=color,
        version=1,
        created_at=MONDAY,
        updated_at=MONDAY,
    )


def a_comment(
    task: Task,
    *,
    body: str = "Looks right.",
    author: User | None = None,
    parent: Comment | None = None,
) -> Comment:
    """A comment on the task."""
    return Comment(
        id=CommentId(new_id()),
        workspace_id=task.workspace_id,
        project_id=task.project_id,
        task_id=task.id,
        parent_id=parent.id if parent else None,
        author_id=author.id if author else None,
        body=body,
        version=1,
        edited_at=None,
        created_at=MONDAY,
        updated_at=MONDAY,
    )


def a_checklist_item(
    task: Task, *, title: str = "Punch the cards", position: str = "a0", is_completed: bool = False
) -> ChecklistItem:
    """A step of the task."""
    return ChecklistItem(
        id=ChecklistItemId(new_id()),
        workspace_id=task.workspace_id,
        project_id=task.project_id,
        task_id=task.id,
        title=title,
        is_completed=is_completed,
        position=position,
        version=1,
        created_at=MONDAY,
        updated_at=MONDAY,
    )
