"""Projects, columns and labels."""

from datetime import datetime

import strawberry

from domain import entities
from domain.access import Role
from domain.entities import ColumnCategory
from domain.events import Cursor
from graph.connections import Connection
from graph.loaders.boards import (
    ColumnsByProjectLoader,
    LabelsByProjectLoader,
    ProjectByIdLoader,
)
from graph.loaders.events import EventsByProjectLoader
from graph.loaders.people import (
    MembershipsByWorkspaceLoader,
    ViewerRoleByWorkspaceLoader,
    WorkspaceByIdLoader,
)
from graph.loaders.tasks import (
    TaskCountByColumnLoader,
    TasksByColumnLoader,
    TasksByProjectLoader,
)
from graph.relations import relation
from graph.types.arguments import (
    board_task_listing,
    event_listing,
    is_archived_included,
    open_tasks,
    task_listing,
)
from graph.types.node import Node, sourced_from
from graph.types.people import CREATED_AT, UPDATED_AT, VERSION, Membership, Workspace
from graph.types.references import ProjectEventConnectionRef, TaskRef

ARCHIVED_AT = "When it was archived; null while it is in use."
POSITION = "Its rank: sort by it as plain text, code point by code point."


def _position_in_log(root: entities.Project) -> Cursor:
    return Cursor(root.id, root.event_seq)


@strawberry.type(description="A board with its log of events.")
class Project(Node):
    """A board."""

    is_type_of = sourced_from(entities.Project)

    key: str = strawberry.field(description="The prefix of its tasks' human keys.")
    name: str = strawberry.field(description="What it is called.")
    description: str = strawberry.field(description="What it is about, in Markdown.")
    version: int = strawberry.field(description=VERSION)
    workspace: Workspace = relation(
        WorkspaceByIdLoader, key="workspace_id", description="What it belongs to."
    )
    viewer_role: Role = relation(
        ViewerRoleByWorkspaceLoader,
        key="workspace_id",
        description="What the viewer may do here.",
    )
    columns: list["BoardColumn"] = relation(
        ColumnsByProjectLoader,
        key="id",
        arguments=is_archived_included,
        description="Its columns in board order.",
    )
    labels: list["Label"] = relation(
        LabelsByProjectLoader, key="id", description="Its labels, in order of their names."
    )
    members: list[Membership] = relation(
        MembershipsByWorkspaceLoader, key="workspace_id", description="Who may see it."
    )
    tasks: Connection[TaskRef] = relation(
        TasksByProjectLoader,
        key="id",
        arguments=task_listing,
        description="Its tasks, in board order unless told otherwise.",
    )
    cursor: Cursor = strawberry.field(
        resolver=_position_in_log,
        description="The position of this snapshot in the event sequence: subscribe after it.",
    )
    events: ProjectEventConnectionRef = relation(
        EventsByProjectLoader,
        key="id",
        arguments=event_listing,
        description="Its log, oldest first.",
    )
    archived_at: datetime | None = strawberry.field(description=ARCHIVED_AT)
    created_at: datetime = strawberry.field(description=CREATED_AT)
    updated_at: datetime = strawberry.field(description=UPDATED_AT)


@strawberry.type(description="A lane of a board.")
class BoardColumn(Node):
    """A lane of a board."""

    is_type_of = sourced_from(entities.Column)

    name: str = strawberry.field(description="What it is called.")
    category: ColumnCategory = strawberry.field(
        description="What standing in it means for a task's life."
    )
    wip_limit: int | None = strawberry.field(
        description="How many tasks it should hold at most: shown, not enforced."
    )
    position: str = strawberry.field(description=POSITION)
    version: int = strawberry.field(description=VERSION)
    project: Project = relation(
        ProjectByIdLoader, key="project_id", description="What it belongs to."
    )
    task_count: int = relation(
        TaskCountByColumnLoader,
        key="id",
        arguments=open_tasks,
        description="How many tasks stand in it, archived ones left out.",
    )
    tasks: Connection[TaskRef] = relation(
        TasksByColumnLoader,
        key="id",
        arguments=board_task_listing,
        description="Its tasks in board order.",
    )
    archived_at: datetime | None = strawberry.field(description=ARCHIVED_AT)
    created_at: datetime = strawberry.field(description=CREATED_AT)
    updated_at: datetime = strawberry.field(description=UPDATED_AT)


@strawberry.type(description="A coloured word for tasks.")
class Label(Node):
    """A coloured word for tasks."""

    is_type_of = sourced_from(entities.Label)

    name: str = strawberry.field(description="The word, unique in its project.")
    color: str = strawberry.field(description="Its colour, like #1f6feb.")
    version: int = strawberry.field(description=VERSION)
    project: Project = relation(
        ProjectByIdLoader, key="project_id", description="What it belongs to."
    )
    created_at: datetime = strawberry.field(description=CREATED_AT)
    updated_at: datetime = strawberry.field(description=UPDATED_AT)
