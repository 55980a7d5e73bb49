"""Who is at a project."""

from datetime import datetime

import strawberry

from domain import presence
from graph.loaders.boards import ProjectByIdLoader
from graph.loaders.people import UserByIdLoader
from graph.loaders.tasks import TaskByIdLoader
from graph.relations import relation
from graph.types.boards import Project
from graph.types.node import sourced_from
from graph.types.people import User
from graph.types.tasks import Task


@strawberry.type(description="Somebody who is at a project.")
class PresentMember:
    """Somebody who is at a project."""

    is_type_of = sourced_from(presence.PresentMember)

    user: User | None = relation(
        UserByIdLoader, key="user_id", description="Who; null once they have left the workspace."
    )
    user_id: strawberry.ID = strawberry.field(description="The user's id.")
    task: Task | None = relation(
        TaskByIdLoader,
        key="task_id",
        description="The task they look at; null while they look at the board.",
    )
    task_id: strawberry.ID | None = strawberry.field(description="The id of that task.")
    dragged_task: Task | None = relation(
        TaskByIdLoader, key="dragged_task_id", description="The task whose card they drag."
    )
    dragged_task_id: strawberry.ID | None = strawberry.field(description="The id of that task.")
    since: datetime = strawberry.field(description="When they came.")


@strawberry.type(description="Everybody who is at a project now; it replaces what was told before.")
class PresenceUpdate:
    """Everybody who is at a project."""

    is_type_of = sourced_from(presence.PresenceSnapshot)

    project: Project | None = relation(
        ProjectByIdLoader, key="project_id", description="Where; null once it is not to be seen."
    )
    members: list[PresentMember] = strawberry.field(
        description="Each person once, in the order in which they came."
    )
    is_complete: bool = strawberry.field(
        description="False while only those are known who are connected to the same server."
    )
