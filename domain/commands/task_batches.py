"""The same change to many tasks, all or none."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from domain import field_rules
from domain.access import Permission
from domain.commands.execution import (
    UNCHANGED,
    Command,
    CommandContext,
    Outcome,
    Unchanged,
)
from domain.commands.task_moves import placed
from domain.commands.tasks import UpdateTask, change_labels, changed_task, save_task
from domain.entities import Priority, Project, Task
from domain.errors import Archived, InvalidInput, NotFound
from domain.events import ProjectEventKind

TASKS_PER_BATCH: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateTasks(Command):
    """Change up to 100 tasks of one project alike."""

    task_ids: tuple[UUID, ...]
    column_id: UUID | None = None
    priority: Priority | None | Unchanged = UNCHANGED
    assignee_id: UUID | None | Unchanged = UNCHANGED
    added_label_ids: tuple[UUID, ...] = ()
    removed_label_ids: tuple[UUID, ...] = ()
    due_date: date | None | Unchanged = UNCHANGED
    estimate: int | None | Unchanged = UNCHANGED


async def update_tasks(command: UpdateTasks, context: CommandContext) -> Outcome[tuple[Task, ...]]:
    """The tasks as they are now, in the order asked; moved ones stand at the column's end."""
    task_ids = field_rules.at_most(command.task_ids, field="taskIds", count=TASKS_PER_BATCH)
    if not task_ids:
        raise InvalidInput("Name at least one task.", field=("taskIds",))
    locked = await context.lock_project_of(
        "tasks", task_ids[0], Permission.EDIT_TASKS, field="taskIds"
    )
    project = locked.project
    tasks = await context.work.tasks.find_many(task_ids)
    task_by_id: dict[UUID, Task] = {t.id: t for t in tasks if t.project_id == project.id}
    missing = [str(i) for i in task_ids if i not in task_by_id]
    if missing:
        raise NotFound(f"No such task in this project: {', '.join(missing)}.", field=("taskIds",))
    saved = [await _update_one(project, task_by_id[i], command, context) for i in task_ids]
    return Outcome(object=tuple(saved), object_ids=task_ids, cursor=context.cursor(project))


async def _update_one(
    project: Project, before: Task, command: UpdateTasks, context: CommandContext
) -> Task:
    fields = UpdateTask(
        task_id=before.id,
        priority=command.priority,
        assignee_id=command.assignee_id,
        due_date=command.due_date,
        estimate=command.estimate,
    )
    after = await changed_task(project, before, fields, context)
    kind = ProjectEventKind.TASK_UPDATED
    if command.column_id is not None and command.column_id != before.column_id:
        if before.archived_at is not None:
            raise Archived(f"{before.key} is archived. Restore it first.", field=("taskIds",))
        after = await placed(project, after, command.column_id, context)
        kind = ProjectEventKind.TASK_MOVED
    label_change = await change_labels(
        project, before, command.added_label_ids, command.removed_label_ids, context
    )
    return await save_task(project, before, after, kind, context, label_change=label_change)
