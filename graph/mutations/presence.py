"""Mutations of presence."""

import strawberry

from domain.errors import NotFound
from domain.presence import ReportPresence
from graph.context import GraphContext
from graph.inputs.presence import PresenceUpdateInput
from graph.loaders.boards import ProjectByIdLoader
from graph.mutations.execution import MutationPayload, action


@strawberry.type(description="What `presenceUpdate` led to.")
class PresenceUpdatePayload(MutationPayload):
    """What `presenceUpdate` led to."""


async def report_presence(command: ReportPresence, context: GraphContext) -> None:
    """Tell the others at the project; raise NotFound unless the viewer may see it."""
    if await context.loaders.get(ProjectByIdLoader).load(command.project_id) is None:
        raise NotFound("No such project.", field=("projectId",))
    await context.presence.report(context.require_viewer(), command)


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
