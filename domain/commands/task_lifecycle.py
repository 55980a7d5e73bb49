"""Archiving, restoring and deleting tasks."""

from dataclasses import dataclass, replace
from uuid import UUID

from domain.commands.execution import Command, CommandContext, Outcome
from domain.commands.task_moves import placed
from domain.commands.tasks import labels_change, lock_task, save_task
from domain.entities import Task
from domain.events import ProjectEventKind, changes_between


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveTask(Command):
    """Take a task off the board; it keeps its place for a return."""

    task_id: UUID
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreTask(Command):
    """Put an archived task back, at its old place or at the end of another column."""

    task_id: UUID
    column_id: UUID | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteTask(Command):
    """Remove a task for good, with its comments, checklist and attachments."""

    task_id: UUID
    expected_version: int | None = None


async def archive_task(command: ArchiveTask, context: CommandContext) -> Outcome[Task]:
    """The archived task; archiving it again changes nothing."""
    project, before = await lock_task(command.task_id, command.expected_version, context)
    after = await save_task(
        project,
        before,
        replace(before, archived_at=before.archived_at or context.now),
        ProjectEventKind.TASK_ARCHIVED,
        context,
    )
    return Outcome(object=after, object_ids=(after.id,), cursor=context.cursor(project))


async def restore_task(command: RestoreTask, context: CommandContext) -> Outcome[Task]:
    """The task back on the board; restoring it again changes nothing."""
    project, before = await lock_task(command.task_id, command.expected_version, context)
    if before.archived_at is None:
        return Outcome(object=before, object_ids=(before.id,), cursor=context.cursor(project))
    column_id = command.column_id or before.column_id
    column = await context.work.columns.find(column_id)
    is_back_in_place = column_id == before.column_id and column and column.archived_at is None
    returned = before if is_back_in_place else await placed(project, before, column_id, context)
    after = await save_task(
        project,
        before,
        replace(returned, archived_at=None),
        ProjectEventKind.TASK_RESTORED,
        context,
    )
    return Outcome(object=after, object_ids=(after.id,), cursor=context.cursor(project))


async def delete_task(command: DeleteTask, context: CommandContext) -> Outcome[Task]:
    """The task that was; its subtasks stay, on their own."""
    project, task = await lock_task(command.task_id, command.expected_version, context)
    for subtask in await context.work.subtasks(task.id):
        await save_task(
            project,
            subtask,
            replace(subtask, parent_id=None),
            ProjectEventKind.TASK_UPDATED,
            context,
        )
    changes = changes_between(task, None)
    if label_ids := await context.work.label_ids(task.id):
        changes += (labels_change(label_ids, frozenset()),)
    await context.work.tasks.delete(task.id)
    cursor = context.record(
        project, ProjectEventKind.TASK_DELETED, task.id, task_id=task.id, changes=changes
    )
    return Outcome(object=task, object_ids=(task.id,), cursor=cursor)
