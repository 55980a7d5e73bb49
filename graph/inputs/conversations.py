"""Inputs of the mutations of checklist items and comments."""

import strawberry

from graph.inputs.commands import EXPECTED_VERSION, MutationInput, optional, required


@strawberry.input(description="A step to add to a task.")
class ChecklistItemCreateInput(MutationInput):
    """A step to add."""

    id: strawberry.ID | None = optional("Its id, if you choose it: a UUID.")
    task_id: strawberry.ID = required("The task.")
    title: str = required("What is to be done, in one line.")
    before_item_id: strawberry.ID | None = optional("The item that will follow it.")
    after_item_id: strawberry.ID | None = optional(
        "The item that will precede it; with neither it goes to the end."
    )


@strawberry.input(description="Changes to a step. Absent or null leaves a field as it is.")
class ChecklistItemUpdateInput(MutationInput):
    """Changes to a step."""

    item_id: strawberry.ID = required("Which item.")
    title: str | None = optional("Its new title.")
    is_completed: bool | None = optional("Whether it is done.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="A step to remove.")
class ChecklistItemDeleteInput(MutationInput):
    """A step to remove."""

    item_id: strawberry.ID = required("Which item.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="Something to say about a task.")
class CommentCreateInput(MutationInput):
    """Something to say."""

    id: strawberry.ID | None = optional("Its id, if you choose it: a UUID.")
    task_id: strawberry.ID = required("The task.")
    body: str = required("What to say, in Markdown.")
    parent_id: strawberry.ID | None = optional("The comment on the same task it answers.")


@strawberry.input(description="New words for one's own comment.")
class CommentUpdateInput(MutationInput):
    """New words for a comment."""

    comment_id: strawberry.ID = required("Which comment.")
    body: str = required("What to say instead, in Markdown.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="A comment to remove: one's own, or as an admin anybody's.")
class CommentDeleteInput(MutationInput):
    """A comment to remove."""

    comment_id: strawberry.ID = required("Which comment.")
    expected_version: int | None = optional(EXPECTED_VERSION)
