"""Mutations of workspaces and projects."""

import strawberry

from domain.commands import projects, workspaces
from graph.inputs import workspaces as inputs
from graph.loaders.boards import ProjectByIdLoader
from graph.loaders.people import WorkspaceByIdLoader
from graph.mutations.execution import MutationPayload, mutation, payload_object
from graph.types.boards import Project
from graph.types.people import Workspace


@strawberry.type(description="What `workspaceCreate` led to.")
class WorkspaceCreatePayload(MutationPayload):
    """What `workspaceCreate` led to."""

    workspace: Workspace | None = payload_object("The new workspace, or null on error.")


@strawberry.type(description="What `workspaceUpdate` led to.")
class WorkspaceUpdatePayload(MutationPayload):
    """What `workspaceUpdate` led to."""

    workspace: Workspace | None = payload_object(
        "The workspace as it is now; null on any error but STALE_VERSION."
    )


@strawberry.type(description="What `projectCreate` led to.")
class ProjectCreatePayload(MutationPayload):
    """What `projectCreate` led to."""

    project: Project | None = payload_object("The new project, or null on error.")


@strawberry.type(description="What `projectUpdate` led to.")
class ProjectUpdatePayload(MutationPayload):
    """What `projectUpdate` led to."""

    project: Project | None = payload_object(
        "The project as it is now; null on any error but STALE_VERSION."
    )


@strawberry.type(description="What `projectArchive` led to.")
class ProjectArchivePayload(MutationPayload):
    """What `projectArchive` led to."""

    project: Project | None = payload_object(
        "The archived project; null on any error but STALE_VERSION."
    )


@strawberry.type(description="What `projectRestore` led to.")
class ProjectRestorePayload(MutationPayload):
    """What `projectRestore` led to."""

    project: Project | None = payload_object(
        "The restored project; null on any error but STALE_VERSION."
    )


@strawberry.type
class WorkspaceMutations:
    """Mutations of workspaces and projects."""

    workspace_create: WorkspaceCreatePayload = mutation(
        workspaces.create_workspace,
        given=inputs.WorkspaceCreateInput,
        payload=WorkspaceCreatePayload,
        loader=WorkspaceByIdLoader,
        description="Open a workspace; you become its owner.",
    )
    workspace_update: WorkspaceUpdatePayload = mutation(
        workspaces.update_workspace,
        given=inputs.WorkspaceUpdateInput,
        payload=WorkspaceUpdatePayload,
        loader=WorkspaceByIdLoader,
        description="Rename a workspace or change its slug. For admins.",
    )
    project_create: ProjectCreatePayload = mutation(
        projects.create_project,
        given=inputs.ProjectCreateInput,
        payload=ProjectCreatePayload,
        loader=ProjectByIdLoader,
        description="Open a project in a workspace. For admins.",
    )
    project_update: ProjectUpdatePayload = mutation(
        projects.update_project,
        given=inputs.ProjectUpdateInput,
        payload=ProjectUpdatePayload,
        loader=ProjectByIdLoader,
        description="Change a project's name or description. For admins.",
    )
    project_archive: ProjectArchivePayload = mutation(
        projects.archive_project,
        given=inputs.ProjectArchiveInput,
        payload=ProjectArchivePayload,
        loader=ProjectByIdLoader,
        description="Put a project away: it can be read and restored, not changed. For admins.",
    )
    project_restore: ProjectRestorePayload = mutation(
        projects.restore_project,
        given=inputs.ProjectRestoreInput,
        payload=ProjectRestorePayload,
        loader=ProjectByIdLoader,
        description="Bring an archived project back. For admins.",
    )
