"""Mutations of presence."""

import strawberry

from domain.errors import NotFound
from domain.presence import ReportPresence
from graph.context import GraphContext
from graph.inputs.presence import PresenceUpdateInput
from graph.loaders.boards import ProjectByIdLoader
from graph.loaders.tasks import TaskByIdLoader
from graph.mutations.execution import MutationPayload, action


@strawberry.type(description="What `presenceUpdate` led to.")
class PresenceUpdatePayload(MutationPayload):
    """What `presenceUpdate` led to."""


async def report_presence(command: ReportPresence, context: GraphContext) -> None:
    """Tell the others at the project; raise NotFound unless the viewer may see it and the tasks."""
    if await context.loaders.get(ProjectByIdLoader).load(command.project_id) is None:
        raise NotFound("No such project.", field=("projectId",))
    await _require_tasks_of_project(command, context)
    await context.presence.report(context.require_viewer(), command)


async def _require_tasks_of_project(command: ReportPresence, context: GraphContext) -> None:
    """Raise NotFound, naming the field, at a task that is none of the project's."""
    named = {"taskId": command.task_id, "draggedTaskId": command.dragged_task_id}
    task_ids = list(dict.fromkeys(task_id for task_id in named.values() if task_id is not None))
    found = await context.loaders.get(TaskByIdLoader).load_many(task_ids)
    here = {task.id for task in found if task and task.project_id == command.project_id}
    for field, task_id in named.items():
        if task_id is not None and task_id not in here:
            raise NotFound("No such task in this project.", field=(field,))


@strawberry.type
class PresenceMutations:
    """Mutations of presence."""

    presence_update: PresenceUpdatePayload = action(
        report_presence,
        command=ReportPresence,
        given=PresenceUpdateInput,
        payload=PresenceUpdatePayload,
        description="Tell the others at a project what you look at and drag. Nothing is kept: "
        "there is no event and no cursor. Of more than ten a second, the newest counts. "
        "For everybody who may see the project.",
    )
