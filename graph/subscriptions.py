"""The roots of subscriptions."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from domain.entities import Project
from domain.errors import Forbidden
from domain.events import Cursor
from graph.context import GraphContext
from graph.identifiers import decode_id
from graph.live_updates import LiveUpdates, Topic
from graph.loaders.boards import ProjectByIdLoader
from graph.loaders.tasks import TaskByIdLoader
from graph.types.arguments import seq_in
from graph.types.events import ProjectUpdate
from graph.types.presence import PresenceUpdate

AfterPosition = Annotated[
    Cursor | None,
    strawberry.argument(
        description="Replay everything after this position first; "
        "without it, the subscription starts with the next event."
    ),
]


@strawberry.type(description="Everything that can be followed live.")
class Subscription:
    """Everything that can be followed live."""

    @strawberry.subscription(
        description="Every event of a project, once and in order. "
        "Ends with FORBIDDEN as soon as you may no longer see the project."
    )
    async def project_events(
        self,
        info: Info,
        project_id: Annotated[strawberry.ID, strawberry.argument(description="The project.")],
        after: AfterPosition = None,
    ) -> AsyncGenerator[ProjectUpdate, None]:
        """The project's events."""
        context: GraphContext = info.context
        project = await context.loaders.get(ProjectByIdLoader).load(
            decode_id(project_id, "projectId")
        )
        if project is None:
            raise Forbidden("There is no such project, or you may not see it.")
        seq = None if after is None else seq_in(project.id, after)
        topic = Topic(workspace_id=project.workspace_id, project_id=project.id)
        return LiveUpdates(context, topic, seq)

    @strawberry.subscription(
        description="Every event of one task, once and in order; seq numbers have gaps, "
        "as other tasks' events are left out. Ends with FORBIDDEN as soon as you may no "
        "longer see the task."
    )
    async def task_events(
        self,
        info: Info,
        task_id: Annotated[strawberry.ID, strawberry.argument(description="The task.")],
        after: AfterPosition = None,
    ) -> AsyncGenerator[ProjectUpdate, None]:
        """The task's events."""
        context: GraphContext = info.context
        task = await context.loaders.get(TaskByIdLoader).load(decode_id(task_id, "taskId"))
        if task is None:
            raise Forbidden("There is no such task, or you may not see it.")
        seq = None if after is None else seq_in(task.project_id, after)
        topic = Topic(workspace_id=task.workspace_id, project_id=task.project_id, task_id=task.id)
        return LiveUpdates(context, topic, seq)

    @strawberry.subscription(
        description="Who is at a project, at once and again whenever it changes, a few times a "
        "second at most. You are there yourself as long as you follow it. Ends with FORBIDDEN "
        "as soon as you may no longer see the project."
    )
    async def presence(
        self,
        info: Info,
        project_id: Annotated[strawberry.ID, strawberry.argument(description="The project.")],
    ) -> AsyncGenerator[PresenceUpdate, None]:
        """Who is at the project."""
        context: GraphContext = info.context
        project = await context.loaders.get(ProjectByIdLoader).load(
            decode_id(project_id, "projectId")
        )
        if project is None:
            raise Forbidden("There is no such project, or you may not see it.")
        return _snapshots(context, project)


async def _snapshots(context: GraphContext, project: Project) -> AsyncGenerator[Any, None]:
    """Snapshots as long as the viewer may see the project."""
    async with context.presence.follow(project, context.require_viewer()) as snapshots:
        async for snapshot in snapshots:
            context.renew()
            (await context.visibility()).role_in(project.workspace_id)
            yield snapshot
