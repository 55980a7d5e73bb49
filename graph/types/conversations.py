"""What belongs to a task: checklist items, attachments, comments."""

from datetime import datetime

import strawberry

from domain import entities
from graph.loaders.conversations import CommentByIdLoader
from graph.loaders.people import UserByIdLoader
from graph.loaders.tasks import TaskByIdLoader
from graph.relations import relation
from graph.types.boards import POSITION
from graph.types.node import Node, sourced_from
from graph.types.people import CREATED_AT, UPDATED_AT, VERSION, User
from graph.types.tasks import Task

_TASK = "The task it belongs to."


@strawberry.type(description="A step of a task.")
class ChecklistItem(Node):
    """A step of a task."""

    is_type_of = sourced_from(entities.ChecklistItem)

    title: str = strawberry.field(description="What is to be done.")
    is_completed: bool = strawberry.field(description="Whether it is done.")
    position: str = strawberry.field(description=POSITION)
    version: int = strawberry.field(description=VERSION)
    task: Task = relation(TaskByIdLoader, key="task_id", description=_TASK)
    created_at: datetime = strawberry.field(description=CREATED_AT)
    updated_at: datetime = strawberry.field(description=UPDATED_AT)


@strawberry.type(description="A link that belongs to a task.")
class Attachment(Node):
    """A link that belongs to a task."""

    is_type_of = sourced_from(entities.Attachment)

    name: str = strawberry.field(description="What it is called.")
    url: str = strawberry.field(description="Where it leads.")
    task: Task = relation(TaskByIdLoader, key="task_id", description=_TASK)
    created_at: datetime = strawberry.field(description=CREATED_AT)
    updated_at: datetime = strawberry.field(description=UPDATED_AT)


@strawberry.type(description="What somebody said about a task.")
class Comment(Node):
    """What somebody said about a task."""

    is_type_of = sourced_from(entities.Comment)

    body: str = strawberry.field(description="What was said, in Markdown.")
    version: int = strawberry.field(description=VERSION)
    author: User | None = relation(
        UserByIdLoader, key="author_id", description="Who said it; null once they are gone."
    )
    task: Task = relation(TaskByIdLoader, key="task_id", description=_TASK)
    parent: "Comment | None" = relation(
        CommentByIdLoader, key="parent_id", description="The comment it answers."
    )
    edited_at: datetime | None = strawberry.field(
        description="When its author rewrote it; null as long as nobody did."
    )
    created_at: datetime = strawberry.field(description=CREATED_AT)
    updated_at: datetime = strawberry.field(description=UPDATED_AT)
