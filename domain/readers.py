"""What queries ask for. Every method answers for many keys at once, in one statement.

A mapping's absent key means: there is none, or the viewer may not see it. Every
method answers within what the viewer may see, and all but `visibility`, `tasks` and
`projects`, with which an operation may begin, are told what that is.

`fields` are the attributes that will be read, `id` always among them. The others stay
unset, and reading one raises AttributeError: a board that shows no descriptions need not
fetch 100 KB of each. None fetches everything.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol, TypeAlias
from uuid import UUID

from domain.access import Role
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
from domain.errors import Forbidden
from domain.events import ProjectEvent
from domain.identifiers import UserId, WorkspaceId
from domain.invitations import InvitationPreview
from domain.queries import EventParent, Page, TaskParent, TaskSelection, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Visibility:
    """What one viewer may see: the workspaces they belong to, with their role there."""

    viewer_id: UserId
    role_by_workspace_id: Mapping[WorkspaceId, Role]

    def role_in(self, workspace_id: WorkspaceId) -> Role:
        """The viewer's role; raise Forbidden when they do not belong there."""
        role = self.role_by_workspace_id.get(workspace_id)
        if role is None:
            raise Forbidden("You are not a member of this workspace.")
        return role


# The attributes that will be read; None stands for all.
Fields: TypeAlias = frozenset[str] | None

# No attribute of a task, but it can be read along with one.
COMMENT_COUNT: Final = "comment_count"


class TaskRelation(Enum):
    """What can be read along with a task, in the same statement."""

    ASSIGNEE = "ASSIGNEE"
    CREATOR = "CREATOR"
    COLUMN = "COLUMN"
    PROJECT = "PROJECT"
    LABELS = "LABELS"
    COMMENT_COUNT = "COMMENT_COUNT"


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksWanted:
    """What of tasks, and what along with them; each relation with its own fields."""

    fields: Fields = None
    along: tuple[tuple[TaskRelation, Fields], ...] = ()
    # Whether to tell what the viewer may see: for what is read next.
    has_visibility: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksFound:
    """Tasks by id, and what was read along with them; empty where it was not wanted.

    Of projects and columns, those in `column_by_id` and `project_by_id` are all that the tasks
    refer to; a task without labels has an entry all the same.
    """

    task_by_id: Mapping[UUID, Task]
    user_by_id: Mapping[UUID, User]
    column_by_id: Mapping[UUID, Column]
    project_by_id: Mapping[UUID, Project]
    labels_by_task_id: Mapping[UUID, Sequence[Label]]
    comment_count_by_task_id: Mapping[UUID, int]
    # None unless it was wanted and there was a task.
    visibility: Visibility | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectsWanted:
    """What of projects, and what along with them."""

    fields: Fields = None
    has_columns: bool = False
    column_fields: Fields = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectsFound:
    """Projects by id, with their columns that are not archived where these were wanted."""

    project_by_id: Mapping[UUID, Project]
    columns_by_project_id: Mapping[UUID, Sequence[Column]]
    # None if there was no project.
    visibility: Visibility | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectNamed:
    """A project by its id, or by its key and perhaps the workspace's slug."""

    id: UUID | None = None
    key: str | None = None
    workspace_slug: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectStamp:
    """What changes whenever a board does: equal stamps tell of equal boards.

    `surroundings` does so for the workspace and its members; empty unless asked for.
    """

    project_id: UUID
    event_seq: int
    role: Role
    surroundings: str


@dataclass(frozen=True, slots=True)
class AnyMember:
    """Whoever belongs to a workspace, for what is the same for all of them."""

    workspace_id: WorkspaceId


# Whose view is read: a viewer's, of whom no more is known, or that of a workspace's members.
Asker: TypeAlias = UserId | AnyMember


class PeopleReader(Protocol):
    """Users, workspaces and who belongs to them."""

    async def visibility(self, viewer_id: UserId) -> Visibility:
        """What the user may see now."""
        ...

    async def users(
        self, ids: Collection[UUID], scope: Visibility, *, fields: Fields = None
    ) -> Mapping[UUID, User]:
        """By id. Only the viewer and their colleagues keep their e-mail address."""
        ...

    async def colleagues(self, ids: Collection[UUID], scope: Visibility) -> Mapping[UUID, User]:
        """By id, those who share a workspace with the viewer, and the viewer."""
        ...

    async def workspaces(
        self, ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Workspace]:
        """By id."""
        ...

    async def find_workspace(self, slug: str, scope: Visibility) -> Workspace | None:
        """By slug, or None."""
        ...

    async def memberships(
        self, ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Membership]:
        """By id."""
        ...

    async def memberships_of_workspaces(
        self, workspace_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Sequence[Membership]]:
        """By workspace, in the order they joined."""
        ...


class BoardReader(Protocol):
    """Projects, columns and labels."""

    async def projects(
        self, ids: Collection[UUID], asker: Asker, wanted: ProjectsWanted
    ) -> ProjectsFound:
        """By id, within what the asker may see; it need not be known before."""
        ...

    async def project_stamp(
        self, project: ProjectNamed, viewer_id: UserId, *, has_surroundings: bool
    ) -> ProjectStamp | None:
        """The project's stamp; None unless exactly one that the viewer may see is named."""
        ...

    async def projects_with_key(
        self, key: str, workspace_slug: str | None, scope: Visibility
    ) -> Sequence[Project]:
        """The projects with the key, in one workspace or in all."""
        ...

    async def projects_of_workspaces(
        self,
        workspace_ids: Collection[UUID],
        page: Page,
        scope: Visibility,
        *,
        includes_archived: bool,
    ) -> Mapping[UUID, Window[Project]]:
        """By workspace, in order of their names."""
        ...

    async def project_counts(
        self, workspace_ids: Collection[UUID], scope: Visibility, *, includes_archived: bool
    ) -> Mapping[UUID, int]:
        """By workspace."""
        ...

    async def columns(self, ids: Collection[UUID], scope: Visibility) -> Mapping[UUID, Column]:
        """By id."""
        ...

    async def columns_of_projects(
        self,
        project_ids: Collection[UUID],
        scope: Visibility,
        *,
        includes_archived: bool,
        fields: Fields = None,
    ) -> Mapping[UUID, Sequence[Column]]:
        """By project, in board order."""
        ...

    async def labels(self, ids: Collection[UUID], scope: Visibility) -> Mapping[UUID, Label]:
        """By id."""
        ...

    async def labels_of_projects(
        self, project_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Sequence[Label]]:
        """By project, in order of their names."""
        ...

    async def labels_of_workspaces(
        self, workspace_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Sequence[Label]]:
        """By workspace, in order of their names."""
        ...

    async def labels_of_tasks(
        self, task_ids: Collection[UUID], scope: Visibility, *, fields: Fields = None
    ) -> Mapping[UUID, Sequence[Label]]:
        """By task, in order of their names."""
        ...


class TaskReader(Protocol):
    """Tasks."""

    async def tasks(self, ids: Collection[UUID], asker: Asker, wanted: TasksWanted) -> TasksFound:
        """By id, within what the asker may see; it need not be known before."""
        ...

    async def tasks_with_key(
        self, key: str, workspace_slug: str | None, scope: Visibility
    ) -> Sequence[Task]:
        """The tasks with the human key, in one workspace or in all."""
        ...

    async def tasks_of(
        self,
        parent: TaskParent,
        parent_ids: Collection[UUID],
        selection: TaskSelection,
        page: Page,
        scope: Visibility,
        *,
        fields: Fields = None,
    ) -> Mapping[UUID, Window[Task]]:
        """By workspace, project or column.

        With COMMENT_COUNT among the fields, each window counts its tasks' comments.
        """
        ...

    async def task_counts(
        self,
        parent: TaskParent,
        parent_ids: Collection[UUID],
        selection: TaskSelection,
        scope: Visibility,
    ) -> Mapping[UUID, int]:
        """By workspace, project or column; the selection's order is of no account."""
        ...

    async def subtasks(
        self,
        parent_ids: Collection[UUID],
        scope: Visibility,
        *,
        fields: Fields = None,
    ) -> Mapping[UUID, Sequence[Task]]:
        """By parent task, in order of their numbers, archived ones left out."""
        ...


class ConversationReader(Protocol):
    """What belongs to a task."""

    async def comments(self, ids: Collection[UUID], scope: Visibility) -> Mapping[UUID, Comment]:
        """By id."""
        ...

    async def comments_of_tasks(
        self,
        task_ids: Collection[UUID],
        page: Page,
        scope: Visibility,
        *,
        fields: Fields = None,
    ) -> Mapping[UUID, Window[Comment]]:
        """By task, oldest first."""
        ...

    async def comment_counts(
        self, task_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, int]:
        """By task."""
        ...

    async def checklist_items(
        self, ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, ChecklistItem]:
        """By id."""
        ...

    async def checklists_of_tasks(
        self,
        task_ids: Collection[UUID],
        scope: Visibility,
        *,
        fields: Fields = None,
    ) -> Mapping[UUID, Sequence[ChecklistItem]]:
        """By task, in order."""
        ...

    async def attachments(
        self, ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Attachment]:
        """By id."""
        ...

    async def attachments_of_tasks(
        self, task_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Sequence[Attachment]]:
        """By task, oldest first."""
        ...


class EventReader(Protocol):
    """The projects' logs."""

    async def events(self, ids: Collection[UUID], scope: Visibility) -> Mapping[UUID, ProjectEvent]:
        """By id."""
        ...

    async def events_of(
        self, parent: EventParent, parent_ids: Collection[UUID], page: Page, scope: Visibility
    ) -> Mapping[UUID, Window[ProjectEvent]]:
        """By project or task, oldest first; the page's cursors are seqs in decimal."""
        ...

    async def event_counts(
        self, parent: EventParent, parent_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, int]:
        """By project or task; what retention removed no longer counts."""
        ...


class InvitationReader(Protocol):
    """What queries read of invitations. They are seen by those who may invite."""

    async def invitations(
        self, ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Invitation]:
        """By id."""
        ...

    async def invitations_of_workspaces(
        self, workspace_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Sequence[Invitation]]:
        """Those that nobody has accepted, by workspace, newest first."""
        ...

    async def find_preview(self, invitation_id: UUID, token_hash: str) -> InvitationPreview | None:
        """What the invitation tells whoever holds its token; None for any other token."""
        ...


class Readers(Protocol):
    """Everything queries read from."""

    @property
    def people(self) -> PeopleReader: ...  # noqa: D102

    @property
    def invitations(self) -> InvitationReader: ...  # noqa: D102

    @property
    def boards(self) -> BoardReader: ...  # noqa: D102

    @property
    def tasks(self) -> TaskReader: ...  # noqa: D102

    @property
    def conversations(self) -> ConversationReader: ...  # noqa: D102

    @property
    def events(self) -> EventReader: ...  # noqa: D102
