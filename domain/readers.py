"""What queries ask for. Every method answers for many keys at once, in one statement.

A mapping's absent key means: there is none, or the viewer may not see it. Every
method answers within what the viewer may see, and all but `visibility`, `tasks` and
`projects`, with which an operation may begin, are told what that is.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol
from uuid import UUID

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
from domain.events import ProjectEvent
from domain.identifiers import UserId
from domain.invitations import InvitationPreview
from domain.queries import EventParent, Page, TaskParent, TaskSelection, Window
from domain.reads import (
    Asker,
    Fields,
    ProjectNamed,
    ProjectsFound,
    ProjectStamp,
    ProjectsWanted,
    TasksFound,
    TasksWanted,
    Visibility,
)


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
