"""Inputs of the mutations of tasks."""

from datetime import date

import strawberry

from domain.entities import Priority
from graph.inputs.commands import EXPECTED_VERSION, MutationInput, optional, required

_BEFORE = "The task that will follow it."
_AFTER = "The task that will precede it; with neither it goes to the end of the column."
_ADDED = "Labels to put on; the ones that are there stay."
_REMOVED = "Labels to take off; absent ones are passed over."


@strawberry.input(description="A task to create.")
class TaskCreateInput(MutationInput):
    """A task to create."""

    id: strawberry.ID | None = optional("Its id, if you choose it: a UUID.")
    project_id: strawberry.ID = required("The project it belongs to.")
    column_id: strawberry.ID = required("The column it stands in.")
    title: str = required("What is to be done, in one line.")
    description: str | None = optional("More about it, in Markdown.")
    priority: Priority | None = optional("How urgent it is; NONE unless told.")
    assignee_id: strawberry.ID | None = optional("Who works on it: a member of the workspace.")
    label_ids: list[strawberry.ID] | None = optional("Its labels, of the same project.")
    due_date: date | None = optional("When it should be done.")
    estimate: int | None = optional("Its size, in points.")
    parent_id: strawberry.ID | None = optional("The task of the same project it is a part of.")
    before_task_id: strawberry.ID | None = optional(_BEFORE)
    after_task_id: strawberry.ID | None = optional(_AFTER)


@strawberry.input(description="Changes to a task. Absent leaves a field as it is, null clears it.")
class TaskUpdateInput(MutationInput):
    """Changes to a task."""

    task_id: strawberry.ID = required("Which task.")
    title: str | None = optional("Its new title; can't be cleared.")
    description: str | None = optional("Its new description, in Markdown.")
    priority: Priority | None = optional("Its new priority.")
    assignee_id: strawberry.ID | None = optional("Who works on it from now on.")
    added_label_ids: list[strawberry.ID] | None = optional(_ADDED)
    removed_label_ids: list[strawberry.ID] | None = optional(_REMOVED)
    due_date: date | None = optional("Its new due date.")
    estimate: int | None = optional("Its new size, in points.")
    parent_id: strawberry.ID | None = optional("The task it is a part of from now on.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(
    description="A task's new place. When both neighbours are named and one was moved away "
    "meanwhile, the other decides."
)
class TaskMoveInput(MutationInput):
    """A task's new place."""

    task_id: strawberry.ID = required("Which task.")
    column_id: strawberry.ID = required("The column it goes to.")
    before_task_id: strawberry.ID | None = optional(_BEFORE)
    after_task_id: strawberry.ID | None = optional(_AFTER)
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="A task to take off the board.")
class TaskArchiveInput(MutationInput):
    """A task to take off the board."""

    task_id: strawberry.ID = required("Which task.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="A task to put back on the board.")
class TaskRestoreInput(MutationInput):
    """A task to put back."""

    task_id: strawberry.ID = required("Which task.")
    column_id: strawberry.ID | None = optional(
        "The column whose end it goes to; required when its own column is archived."
    )
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="A task to remove for good.")
class TaskDeleteInput(MutationInput):
    """A task to remove."""

    task_id: strawberry.ID = required("Which task.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(
    description="The same change to up to 100 tasks of one project, all or none. "
    "Absent leaves a field as it is, null clears it."
)
class TasksUpdateInput(MutationInput):
    """The same change to many tasks."""

    task_ids: list[strawberry.ID] = required("Which tasks.")
    column_id: strawberry.ID | None = optional("The column whose end they go to, in this order.")
    priority: Priority | None = optional("Their new priority.")
    assignee_id: strawberry.ID | None = optional("Who works on them from now on.")
    added_label_ids: list[strawberry.ID] | None = optional(_ADDED)
    removed_label_ids: list[strawberry.ID] | None = optional(_REMOVED)
    due_date: date | None = optional("Their new due date.")
    estimate: int | None = optional("Their new size, in points.")
