"""Tasks."""

from datetime import date, datetime

import strawberry

from domain import entities
from domain.entities import Priority
from graph.connections import Connection
from graph.loaders.boards import ColumnByIdLoader, LabelsByTaskLoader, ProjectByIdLoader
from graph.loaders.conversations import (
    AttachmentsByTaskLoader,
    ChecklistByTaskLoader,
    CommentCountByTaskLoader,
    CommentsByTaskLoader,
)
from graph.loaders.events import EventsByTaskLoader
from graph.loaders.people import UserByIdLoader
from graph.loaders.tasks import SubtasksByTaskLoader, TaskByIdLoader
from graph.relations import relation
from graph.types.arguments import event_listing, page
from graph.types.boards import ARCHIVED_AT, POSITION, BoardColumn, Label, Project
from graph.types.node import Node, sourced_from
from graph.types.people import CREATED_AT, UPDATED_AT, VERSION, User
from graph.types.references import (
    AttachmentRef,
    ChecklistItemRef,
    CommentRef,
    ProjectEventConnectionRef,
)


@strawberry.type(description="A card on a board.")
class Task(Node):
    """A card on a board."""

    is_type_of = sourced_from(entities.Task)

    key: str = strawberry.field(description="Its human key, like DEMO-12.")
    number: int = strawberry.field(description="The number in its human key.")
    title: str = strawberry.field(description="What is to be done.")
    description: str = strawberry.field(description="More about it, in Markdown.")
    project: Project = relation(
        ProjectByIdLoader, key="project_id", description="What it belongs to."
    )
    column: BoardColumn = relation(
        ColumnByIdLoader, key="column_id", description="Where it stands."
    )
    position: str = strawberry.field(description=POSITION)
    priority: Priority = strawberry.field(description="How urgent it is.")
    estimate: int | None = strawberry.field(description="Its size, in points of your choosing.")
    due_date: date | None = strawberry.field(description="When it should be done.")
    version: int = strawberry.field(description=VERSION)
    assignee: User | None = relation(
        UserByIdLoader, key="assignee_id", description="Who works on it."
    )
    creator: User | None = relation(UserByIdLoader, key="creator_id", description="Who created it.")
    labels: list[Label] = relation(
        LabelsByTaskLoader, key="id", description="Its labels, in order of their names."
    )
    parent: "Task | None" = relation(
        TaskByIdLoader, key="parent_id", description="The task it is a part of."
    )
    subtasks: list["Task"] = relation(
        SubtasksByTaskLoader, key="id", description="Its parts, archived ones left out."
    )
    checklist: list[ChecklistItemRef] = relation(
        ChecklistByTaskLoader, key="id", description="Its steps, in order."
    )
    comments: Connection[CommentRef] = relation(
        CommentsByTaskLoader,
        key="id",
        arguments=page,
        description="What was said about it, oldest first.",
    )
    comment_count: int = relation(
        CommentCountByTaskLoader, key="id", description="How many comments it has."
    )
    attachments: list[AttachmentRef] = relation(
        AttachmentsByTaskLoader, key="id", description="The links that belong to it."
    )
    events: ProjectEventConnectionRef = relation(
        EventsByTaskLoader,
        key="id",
        arguments=event_listing,
        description="What happened to it, oldest first.",
    )
    created_at: datetime = strawberry.field(description=CREATED_AT)
    updated_at: datetime = strawberry.field(description=UPDATED_AT)
    started_at: datetime | None = strawberry.field(
        description="When it first entered a column of category STARTED or DONE."
    )
    completed_at: datetime | None = strawberry.field(
        description="When it entered its column, if that is of category DONE."
    )
    canceled_at: datetime | None = strawberry.field(
        description="When it entered its column, if that is of category CANCELED."
    )
    archived_at: datetime | None = strawberry.field(description=ARCHIVED_AT)
