"""Creating and changing tasks."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from domain import field_rules
from domain.access import Permission
from domain.board_moves import find_place
from domain.changed import changed
from domain.commands.columns import require_open_column
from domain.commands.execution import (
    UNCHANGED,
    Command,
    CommandContext,
    Outcome,
    Unchanged,
    kept,
    require_version,
)
from domain.commands.task_moves import make_room
from domain.commands.task_states import enter_column
from domain.entities import Priority, Project, Task
from domain.errors import InvalidInput, NotFound
from domain.events import FieldChange, ProjectEventKind, changes_between, json_value
from domain.identifiers import LabelId, TaskId, UserId

LABELS_PER_TASK: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTask(Command):
    """Add a task to a column, between two others or at its end."""

    id: UUID | None = None
    project_id: UUID
    column_id: UUID
    title: str
    description: str | None = None
    priority: Priority | None = None
    assignee_id: UUID | None = None
    label_ids: tuple[UUID, ...] = ()
    due_date: date | None = None
    estimate: int | None = None
    parent_id: UUID | None = None
    before_task_id: UUID | None = None
    after_task_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateTask(Command):
    """Change a task's fields; UNCHANGED leaves one as it is, None clears it."""

    task_id: UUID
    title: str | None | Unchanged = UNCHANGED
    description: str | None | Unchanged = UNCHANGED
    priority: Priority | None | Unchanged = UNCHANGED
    assignee_id: UUID | None | Unchanged = UNCHANGED
    added_label_ids: tuple[UUID, ...] = ()
    removed_label_ids: tuple[UUID, ...] = ()
    due_date: date | None | Unchanged = UNCHANGED
    estimate: int | None | Unchanged = UNCHANGED
    parent_id: UUID | None | Unchanged = UNCHANGED
    expected_version: int | None = None

    @property
    def is_brief(self) -> bool:
        """Whether nothing but the task has to be looked at for what becomes of it."""
        return not (
            self.added_label_ids
            or self.removed_label_ids
            or isinstance(self.assignee_id, UUID)
            or isinstance(self.parent_id, UUID)
        )


async def create_task(command: CreateTask, context: CommandContext) -> Outcome[Task]:
    """The new task, numbered next in its project."""
    locked = await context.lock_project(command.project_id, Permission.EDIT_TASKS)
    project = locked.project
    column = await require_open_column(project, command.column_id, context)
    label_ids = field_rules.at_most(command.label_ids, field="labelIds", count=LABELS_PER_TASK)
    await require_labels(project, label_ids, context, field="labelIds")
    place = await find_place(
        context.work,
        column.id,
        moving=None,
        before=None if command.before_task_id is None else TaskId(command.before_task_id),
        after=None if command.after_task_id is None else TaskId(command.after_task_id),
    )
    await make_room(project, column.id, place, context)
    number = project.last_task_number + 1
    await context.work.projects.update(project, changed(project, last_task_number=number))
    task = enter_column(
        Task(
            id=TaskId(command.id or context.ids.new_id()),
            workspace_id=project.workspace_id,
            project_id=project.id,
            column_id=column.id,
            number=number,
            key=f"{project.key}-{number}",
            title=_title(command.title),
            description=field_rules.text(command.description or "", field="description"),
            position=place.position,
            priority=command.priority or Priority.NONE,
            estimate=_estimate(command.estimate),
            due_date=command.due_date,
            assignee_id=await _member(project, command.assignee_id, context),
            creator_id=context.actor_id,
            parent_id=await _parent(project, None, command.parent_id, context),
            version=1,
            started_at=None,
            completed_at=None,
            canceled_at=None,
            archived_at=None,
            created_at=context.now,
            updated_at=context.now,
        ),
        column,
        context.now,
    )
    await context.work.tasks.add(task)
    changes = changes_between(None, task)
    if label_ids:
        await context.work.add_labels([task.id], [LabelId(i) for i in label_ids])
        changes += (labels_change(frozenset(), frozenset(label_ids)),)
    cursor = context.record(
        project, ProjectEventKind.TASK_CREATED, task.id, task_id=task.id, changes=changes
    )
    return Outcome(object=task, object_ids=(task.id,), cursor=cursor)


async def update_task(command: UpdateTask, context: CommandContext) -> Outcome[Task]:
    """The task as it is now."""
    project, before = await lock_task(command.task_id, command.expected_version, context)
    after = await changed_task(project, before, command, context)
    after = await save_task(
        project,
        before,
        after,
        ProjectEventKind.TASK_UPDATED,
        context,
        label_change=await change_labels(
            project, before, command.added_label_ids, command.removed_label_ids, context
        ),
    )
    return Outcome(object=after, object_ids=(after.id,), cursor=context.cursor(project))


async def changed_task(
    project: Project, task: Task, command: UpdateTask, context: CommandContext
) -> Task:
    """The task with the command's fields, checked; labels and version are untouched."""
    title, description = command.title, kept(command.description, task.description)
    assignee_id, parent_id = command.assignee_id, command.parent_id
    return changed(
        task,
        title=task.title if title is UNCHANGED else _title(title),
        description=field_rules.text(description or "", field="description"),
        priority=kept(command.priority, task.priority) or Priority.NONE,
        assignee_id=(
            task.assignee_id
            if assignee_id is UNCHANGED
            else await _member(project, assignee_id, context)
        ),
        due_date=kept(command.due_date, task.due_date),
        estimate=_estimate(kept(command.estimate, task.estimate)),
        parent_id=(
            task.parent_id
            if parent_id is UNCHANGED
            else await _parent(project, task, parent_id, context)
        ),
    )


async def lock_task(
    task_id: UUID, expected_version: int | None, context: CommandContext
) -> tuple[Project, Task]:
    """The locked project and its task, if the actor may change tasks there."""
    locked = await context.lock_project_of("tasks", task_id, Permission.EDIT_TASKS)
    task = await context.work.tasks.find(task_id)
    if task is None:
        raise NotFound("No such task.", field=("taskId",))
    require_version(expected_version, task.version, task.id)
    return locked.project, task


async def save_task(
    project: Project,
    before: Task,
    after: Task,
    kind: ProjectEventKind,
    context: CommandContext,
    *,
    label_change: FieldChange | None = None,
) -> Task:
    """The task as kept: a new version with its event, or the same when nothing differs."""
    if after == before and label_change is None:
        return before
    saved = changed(after, version=before.version + 1, updated_at=context.now)
    await context.work.tasks.update(before, saved)
    changes = changes_between(before, saved)
    if label_change is not None:
        changes += (label_change,)
    context.record(project, kind, saved.id, task_id=saved.id, changes=changes)
    return saved


async def change_labels(
    project: Project,
    task: Task,
    added_ids: Collection[UUID],
    removed_ids: Collection[UUID],
    context: CommandContext,
) -> FieldChange | None:
    """What became of the task's labels, or None when they are as they were."""
    if not added_ids and not removed_ids:
        return None
    added = field_rules.at_most(added_ids, field="addedLabelIds", count=LABELS_PER_TASK)
    removed = field_rules.at_most(removed_ids, field="removedLabelIds", count=LABELS_PER_TASK)
    if set(added) & set(removed):
        raise InvalidInput("A label can't be added and removed at once.", field=("addedLabelIds",))
    await require_labels(project, added, context, field="addedLabelIds")
    before = await context.work.label_ids(task.id)
    after = (before | {LabelId(i) for i in added}) - {LabelId(i) for i in removed}
    field_rules.at_most(after, field="addedLabelIds", count=LABELS_PER_TASK)
    if after == before:
        return None
    if after - before:
        await context.work.add_labels([task.id], after - before)
    if before - after:
        await context.work.remove_labels([task.id], before - after)
    return labels_change(before, after)


def labels_change(before: Collection[UUID], after: Collection[UUID]) -> FieldChange:
    """The change of a task's set of labels."""
    return FieldChange(
        field="labelIds", before=json_value(sorted(before)), after=json_value(sorted(after))
    )


async def require_labels(
    project: Project, label_ids: Collection[UUID], context: CommandContext, *, field: str
) -> None:
    """Raise NotFound unless every label belongs to the project."""
    if not label_ids:
        return
    labels = await context.work.labels.find_many(label_ids)
    known = {label.id for label in labels if label.project_id == project.id}
    missing = [str(i) for i in label_ids if i not in known]
    if missing:
        raise NotFound(f"No such label in this project: {', '.join(missing)}.", field=(field,))


async def _member(project: Project, user_id: UUID | None, context: CommandContext) -> UserId | None:
    if user_id is None:
        return None
    if not await context.work.is_member(project.workspace_id, user_id):
        raise NotFound("No such member of this workspace.", field=("assigneeId",))
    return UserId(user_id)


async def _parent(
    project: Project, task: Task | None, parent_id: UUID | None, context: CommandContext
) -> TaskId | None:
    if parent_id is None:
        return None
    parent = await context.work.tasks.find(parent_id)
    if parent is None or parent.project_id != project.id:
        raise NotFound("No such task in this project.", field=("parentId",))
    if task is not None and (
        parent.id == task.id or task.id in await context.work.ancestor_ids(parent.id)
    ):
        raise InvalidInput("A task can't be below itself.", field=("parentId",))
    return parent.id


def _title(value: str | None) -> str:
    # Cleared is as good as empty, which a title can't be.
    return field_rules.line(value or "", field="title", characters=field_rules.TITLE_CHARACTERS)


def _estimate(value: int | None) -> int | None:
    if value is None:
        return None
    return field_rules.whole_number(value, field="estimate", least=0, most=field_rules.ESTIMATE_MAX)
