"""The log of a project, as a list and as it happens."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from domain import events
from domain.events import Cursor, ProjectEventKind, ResyncReason
from graph.connections import PageInfo, TotalCountLoader
from graph.loaders.boards import ColumnByIdLoader, LabelByIdLoader, ProjectByIdLoader
from graph.loaders.conversations import CommentByIdLoader
from graph.loaders.people import MembershipByIdLoader, UserByIdLoader
from graph.loaders.tasks import TaskByIdLoader
from graph.relations import relation
from graph.types.boards import BoardColumn, Label, Project
from graph.types.conversations import Comment
from graph.types.node import Node, sourced_from
from graph.types.people import Membership, User
from graph.types.tasks import Task


@strawberry.type(description="One field's value before and after.")
class FieldChange:
    """One field's value before and after."""

    field: str = strawberry.field(
        description="The field's name, or that of the ids it refers to, like assigneeId."
    )
    before: JSON | None = strawberry.field(description="Its value before; null when it had none.")
    after: JSON | None = strawberry.field(description="Its value after; null when it has none.")


def _position(root: events.ProjectEvent) -> Cursor:
    return Cursor(root.project_id, root.seq)


def _subject_if(prefix: str) -> Callable[[events.ProjectEvent], UUID | None]:
    def subject_id(event: events.ProjectEvent) -> UUID | None:
        return event.subject_id if event.kind.value.startswith(prefix) else None

    return subject_id


@strawberry.type(description="One change of a project, in the order in which changes happened.")
class ProjectEvent(Node):
    """One change of a project."""

    is_type_of = sourced_from(events.ProjectEvent)

    cursor: Cursor = strawberry.field(
        resolver=_position, description="Its position: resume after it."
    )
    seq: int = strawberry.field(description="Its number in the project: contiguous, from 1.")
    kind: ProjectEventKind = strawberry.field(description="What happened.")
    actor: User | None = relation(
        UserByIdLoader, key="actor_id", description="Who did it; null for the system."
    )
    project: Project = relation(ProjectByIdLoader, key="project_id", description="Where.")
    task: Task | None = relation(
        TaskByIdLoader,
        key="task_id",
        description="The task concerned, in its present state; null once deleted.",
    )
    task_id: strawberry.ID | None = strawberry.field(description="The id of the task concerned.")
    subject_id: strawberry.ID = strawberry.field(
        description="The id of the object the event is about: a task, a column, a comment, …"
    )
    column: BoardColumn | None = relation(
        ColumnByIdLoader,
        key=_subject_if("COLUMN_"),
        description="The column a COLUMN_… event is about, in its present state.",
    )
    label: Label | None = relation(
        LabelByIdLoader,
        key=_subject_if("LABEL_"),
        description="The label a LABEL_… event is about, in its present state.",
    )
    comment: Comment | None = relation(
        CommentByIdLoader,
        key=_subject_if("COMMENT_"),
        description="The comment a COMMENT_… event is about, in its present state.",
    )
    membership: Membership | None = relation(
        MembershipByIdLoader,
        key=_subject_if("MEMBER_"),
        description="The membership a MEMBER_… event is about, in its present state; null once "
        "ended.",
    )
    changes: list[FieldChange] = strawberry.field(description="What differs.")
    client_mutation_id: str | None = strawberry.field(
        description="The clientMutationId of the mutation that caused it."
    )
    occurred_at: datetime = strawberry.field(description="When it happened.")


@strawberry.type(
    description="The events up to the cursor can't be replayed: read the state again. "
    "The subscription goes on behind the cursor."
)
class ResyncRequired:
    """Events were missed that can't be replayed."""

    is_type_of = sourced_from(events.Resync)

    reason: ResyncReason = strawberry.field(description="Why.")
    cursor: Cursor = strawberry.field(description="The position the subscription goes on behind.")


ProjectUpdate = Annotated[
    ProjectEvent | ResyncRequired,
    strawberry.union(name="ProjectUpdate", description="What a live subscription delivers."),
]


@strawberry.type(description="An event and its position.")
class ProjectEventEdge:
    """An event and its position."""

    cursor: Cursor = strawberry.field(description="The event's position.")
    node: ProjectEvent = strawberry.field(description="The event.")


@strawberry.type(description="A page of events.")
class ProjectEventConnection:
    """A page of events."""

    edges: list[ProjectEventEdge] = strawberry.field(description="The events with their positions.")
    nodes: list[ProjectEvent] = strawberry.field(description="The events.")
    page_info: PageInfo = strawberry.field(description="Where this page lies in the log.")
    total_count: int = relation(
        TotalCountLoader, key="count_key", description="How many events the log holds."
    )
