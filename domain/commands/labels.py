"""Creating, changing and deleting a project's labels."""

from dataclasses import dataclass, replace
from uuid import UUID

from domain import field_rules
from domain.access import Permission
from domain.commands.execution import Command, CommandContext, Outcome, require_version
from domain.entities import Label, Project
from domain.errors import NotFound
from domain.events import ProjectEventKind, changes_between
from domain.identifiers import LabelId


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateLabel(Command):
    """Add a label to a project."""

    id: UUID | None = None
    project_id: UUID
    name: str
    color: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateLabel(Command):
    """Rename or recolour a label; None leaves a field as it is."""

    label_id: UUID
    name: str | None = None
    color: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteLabel(Command):
    """Remove a label from the project and from its tasks."""

    label_id: UUID
    expected_version: int | None = None


async def create_label(command: CreateLabel, context: CommandContext) -> Outcome[Label]:
    """The new label."""
    locked = await context.lock_project(command.project_id, Permission.EDIT_LABELS)
    label = Label(
        id=LabelId(command.id or context.ids.new_id()),
        workspace_id=locked.project.workspace_id,
        project_id=locked.project.id,
        name=field_rules.line(command.name, field="name"),
        color=field_rules.color(command.color),
        version=1,
        created_at=context.now,
        updated_at=context.now,
    )
    await context.work.labels.add(label)
    cursor = context.record(
        locked.project,
        ProjectEventKind.LABEL_CREATED,
        label.id,
        changes=changes_between(None, label),
    )
    return Outcome(object=label, object_ids=(label.id,), cursor=cursor)


async def update_label(command: UpdateLabel, context: CommandContext) -> Outcome[Label]:
    """The label as it is now."""
    project, before = await _lock_label(command.label_id, command.expected_version, context)
    after = replace(
        before,
        name=(
            before.name if command.name is None else field_rules.line(command.name, field="name")
        ),
        color=before.color if command.color is None else field_rules.color(command.color),
    )
    if after != before:
        after = replace(after, version=before.version + 1, updated_at=context.now)
        await context.work.labels.update(before, after)
        context.record(
            project,
            ProjectEventKind.LABEL_UPDATED,
            after.id,
            changes=changes_between(before, after),
        )
    return Outcome(object=after, object_ids=(after.id,), cursor=context.cursor(project))


async def delete_label(command: DeleteLabel, context: CommandContext) -> Outcome[Label]:
    """The label that was. One LABEL_DELETED tells that every task lost it."""
    project, label = await _lock_label(command.label_id, command.expected_version, context)
    await context.work.labels.delete(label.id)
    cursor = context.record(
        project, ProjectEventKind.LABEL_DELETED, label.id, changes=changes_between(label, None)
    )
    return Outcome(object=label, object_ids=(label.id,), cursor=cursor)


async def _lock_label(
    label_id: UUID, expected_version: int | None, context: CommandContext
) -> tuple[Project, Label]:
    locked = await context.lock_project_of("labels", label_id, Permission.EDIT_LABELS)
    label = await context.work.labels.find(label_id)
    if label is None:
        raise NotFound("No such label.", field=("labelId",))
    require_version(expected_version, label.version, label.id)
    return locked.project, label
