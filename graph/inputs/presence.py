"""Inputs of the mutations of presence."""

import strawberry

from graph.inputs.commands import MutationInput, optional, required


@strawberry.input(
    description="What you do at a project, all of it: what is absent or null is over. "
    "idempotencyKey makes no difference, as reporting twice is reporting once."
)
class PresenceUpdateInput(MutationInput):
    """What somebody does at a project."""

    project_id: strawberry.ID = required("Where.")
    task_id: strawberry.ID | None = optional("The task you look at; none for the board.")
    dragged_task_id: strawberry.ID | None = optional(
        "The task whose card you drag. Report it again at least every 10 seconds: "
        "it is let go when you do not."
    )
