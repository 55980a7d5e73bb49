"""What queries want of what is kept, and what is found for them.

`fields` are the attributes that will be read, `id` always among them. The others stay
unset, and reading one raises AttributeError: a board that shows no descriptions need not
fetch 100 KB of each. None fetches everything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeAlias
from uuid import UUID

from domain.access import Role
from domain.entities import Column, Label, Project, Task, User
from domain.errors import Forbidden
from domain.identifiers import UserId, WorkspaceId


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
    # Statements are looked up by it, each time.
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compute the hash once."""
        told = hash((self.fields, self.along, self.has_visibility))
        object.__setattr__(self, "_hash", told)

    def __hash__(self) -> int:
        """The hash of what is wanted."""
        return self._hash


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
