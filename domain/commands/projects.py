"""Creating, changing, archiving and restoring projects."""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from domain import field_rules
from domain.access import Permission, require
from domain.board_order import ranks_between
from domain.commands.execution import Command, CommandContext, Outcome, require_version
from domain.entities import Column, ColumnCategory, Project
from domain.events import ProjectEventKind, changes_between
from domain.identifiers import ColumnId, ProjectId

_DEFAULT_COLUMNS: Final = (
    ("Backlog", ColumnCategory.BACKLOG),
    ("To do", ColumnCategory.UNSTARTED),
    ("In progress", ColumnCategory.STARTED),
    ("Done", ColumnCategory.DONE),
    ("Canceled", ColumnCategory.CANCELED),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateProject(Command):
    """Open a project in a workspace, with the usual columns unless told otherwise."""

    id: UUID | None = None
    workspace_id: UUID
    key: str
    name: str
    description: str | None = None
    with_default_columns: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateProject(Command):
    """Change a project's words; None leaves a field as it is."""

    project_id: UUID
    name: str | None = None
    description: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveProject(Command):
    """Put a project away: it can be read and restored, not changed."""

    project_id: UUID
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreProject(Command):
    """Bring an archived project back."""

    project_id: UUID
    expected_version: int | None = None


async def create_project(command: CreateProject, context: CommandContext) -> Outcome[Project]:
    """The new project with its columns."""
    workspace, role = await context.work.lock_workspace(command.workspace_id, context.actor_id)
    require(role, Permission.EDIT_PROJECTS)
    project = Project(
        id=ProjectId(command.id or context.ids.new_id()),
        workspace_id=workspace.id,
        key=field_rules.project_key(command.key),
        name=field_rules.line(command.name, field="name"),
        description=field_rules.text(command.description or "", field="description"),
        version=1,
        event_seq=0,
        last_task_number=0,
        archived_at=None,
        created_at=context.now,
        updated_at=context.now,
    )
    await context.work.projects.add(project)
    context.record(
        project,
        ProjectEventKind.PROJECT_CREATED,
        project.id,
        changes=changes_between(None, project),
    )
    if command.with_default_columns:
        await _add_default_columns(project, context)
    cursor = context.cursor(project)
    return Outcome(
        object=replace(project, event_seq=cursor.seq), object_ids=(project.id,), cursor=cursor
    )


async def _add_default_columns(project: Project, context: CommandContext) -> None:
    ranks = ranks_between(None, None, len(_DEFAULT_COLUMNS))
    columns = [
        Column(
            id=ColumnId(context.ids.new_id()),
            workspace_id=project.workspace_id,
            project_id=project.id,
            name=name,
            category=category,
            wip_limit=None,
            position=rank,
            version=1,
            archived_at=None,
            created_at=context.now,
            updated_at=context.now,
        )
        for (name, category), rank in zip(_DEFAULT_COLUMNS, ranks, strict=True)
    ]
    await context.work.columns.add(*columns)
    for column in columns:
        context.record(
            project,
            ProjectEventKind.COLUMN_CREATED,
            column.id,
            changes=changes_between(None, column),
        )


async def update_project(command: UpdateProject, context: CommandContext) -> Outcome[Project]:
    """The project as it is now."""
    locked = await context.lock_project(command.project_id, Permission.EDIT_PROJECTS)
    before = locked.project
    require_version(command.expected_version, before.version, before.id)
    after = replace(
        before,
        name=(
            before.name if command.name is None else field_rules.line(command.name, field="name")
        ),
        description=(
            before.description
            if command.description is None
            else field_rules.text(command.description, field="description")
        ),
    )
    return await _save(before, after, ProjectEventKind.PROJECT_UPDATED, context)


async def archive_project(command: ArchiveProject, context: CommandContext) -> Outcome[Project]:
    """The archived project; archiving it again changes nothing."""
    locked = await context.lock_project(
        command.project_id, Permission.EDIT_PROJECTS, may_be_archived=True
    )
    before = locked.project
    require_version(command.expected_version, before.version, before.id)
    after = replace(before, archived_at=before.archived_at or context.now)
    return await _save(before, after, ProjectEventKind.PROJECT_ARCHIVED, context)


async def restore_project(command: RestoreProject, context: CommandContext) -> Outcome[Project]:
    """The restored project; restoring it again changes nothing."""
    locked = await context.lock_project(
        command.project_id, Permission.EDIT_PROJECTS, may_be_archived=True
    )
    before = locked.project
    require_version(command.expected_version, before.version, before.id)
    after = replace(before, archived_at=None)
    return await _save(before, after, ProjectEventKind.PROJECT_RESTORED, context)


async def _save(
    before: Project, after: Project, kind: ProjectEventKind, context: CommandContext
) -> Outcome[Project]:
    if after != before:
        after = replace(after, version=before.version + 1, updated_at=context.now)
        await context.work.projects.update(before, after)
        cursor = context.record(before, kind, after.id, changes=changes_between(before, after))
        after = replace(after, event_seq=cursor.seq)
    return Outcome(object=after, object_ids=(after.id,), cursor=context.cursor(before))
