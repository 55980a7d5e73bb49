"""Inputs of the mutations of workspaces and projects."""

import strawberry

from graph.inputs.commands import EXPECTED_VERSION, MutationInput, optional, required


@strawberry.input(description="A workspace to open.")
class WorkspaceCreateInput(MutationInput):
    """A workspace to open."""

    id: strawberry.ID | None = optional("Its id, if you choose it: a UUID.")
    slug: str = required("Its part in addresses: lower-case letters, digits and hyphens.")
    name: str = required("What it is called.")


@strawberry.input(description="Changes to a workspace. Absent or null leaves a field as it is.")
class WorkspaceUpdateInput(MutationInput):
    """Changes to a workspace."""

    workspace_id: strawberry.ID = required("Which workspace.")
    slug: str | None = optional("Its new part in addresses.")
    name: str | None = optional("Its new name.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="A project to open.")
class ProjectCreateInput(MutationInput):
    """A project to open."""

    id: strawberry.ID | None = optional("Its id, if you choose it: a UUID.")
    workspace_id: strawberry.ID = required("Where.")
    key: str = required("The prefix of its tasks' human keys: 2 to 10 capitals and digits.")
    name: str = required("What it is called.")
    description: str | None = optional("What it is about, in Markdown.")
    with_default_columns: bool = strawberry.field(
        default=True,
        description="Whether it starts with Backlog, To do, In progress, Done and Canceled.",
    )


@strawberry.input(description="Changes to a project. Absent or null leaves a field as it is.")
class ProjectUpdateInput(MutationInput):
    """Changes to a project."""

    project_id: strawberry.ID = required("Which project.")
    name: str | None = optional("Its new name.")
    description: str | None = optional("Its new description, in Markdown.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="A project to put away.")
class ProjectArchiveInput(MutationInput):
    """A project to put away."""

    project_id: strawberry.ID = required("Which project.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="A project to bring back.")
class ProjectRestoreInput(MutationInput):
    """A project to bring back."""

    project_id: strawberry.ID = required("Which project.")
    expected_version: int | None = optional(EXPECTED_VERSION)
