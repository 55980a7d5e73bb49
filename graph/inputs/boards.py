"""Inputs of the mutations of columns and labels."""

import strawberry

from domain.entities import ColumnCategory
from graph.inputs.commands import EXPECTED_VERSION, MutationInput, optional, required

_BEFORE = "The column that will follow it."
_AFTER = "The column that will precede it; with neither it goes to the end."


@strawberry.input(description="A column to add.")
class ColumnCreateInput(MutationInput):
    """A column to add."""

    id: strawberry.ID | None = optional("Its id, if you choose it: a UUID.")
    project_id: strawberry.ID = required("Where.")
    name: str = required("What it is called.")
    category: ColumnCategory = required("What standing in it means for a task's life.")
    wip_limit: int | None = optional("How many tasks it should hold at most.")
    before_column_id: strawberry.ID | None = optional(_BEFORE)
    after_column_id: strawberry.ID | None = optional(_AFTER)


@strawberry.input(description="Changes to a column. Absent leaves a field as it is.")
class ColumnUpdateInput(MutationInput):
    """Changes to a column."""

    column_id: strawberry.ID = required("Which column.")
    name: str | None = optional("Its new name.")
    category: ColumnCategory | None = optional(
        "Its new category; tasks that stand in it keep their times."
    )
    wip_limit: int | None = optional("Its new limit; null lifts it.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="A column's new place.")
class ColumnMoveInput(MutationInput):
    """A column's new place."""

    column_id: strawberry.ID = required("Which column.")
    before_column_id: strawberry.ID | None = optional(_BEFORE)
    after_column_id: strawberry.ID | None = optional(_AFTER)
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="A column to remove.")
class ColumnDeleteInput(MutationInput):
    """A column to remove."""

    column_id: strawberry.ID = required("Which column.")
    target_column_id: strawberry.ID | None = optional(
        "The column whose end its tasks go to; required when it has any, archived ones included."
    )
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="A label to add to a project.")
class LabelCreateInput(MutationInput):
    """A label to add."""

    id: strawberry.ID | None = optional("Its id, if you choose it: a UUID.")
    project_id: strawberry.ID = required("Where.")
    name: str = required("The word, unique in the project whatever the case.")
    color: str = required("Its colour, like #1f6feb.")


@strawberry.input(description="Changes to a label. Absent or null leaves a field as it is.")
class LabelUpdateInput(MutationInput):
    """Changes to a label."""

    label_id: strawberry.ID = required("Which label.")
    name: str | None = optional("Its new word.")
    color: str | None = optional("Its new colour.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="A label to remove from its project and from every task.")
class LabelDeleteInput(MutationInput):
    """A label to remove."""

    label_id: strawberry.ID = required("Which label.")
    expected_version: int | None = optional(EXPECTED_VERSION)
