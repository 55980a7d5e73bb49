"""Moving tasks between neighbours."""

from dataclasses import dataclass
from uuid import UUID

from domain.access import Permission
from domain.board_moves import Place, find_place
from domain.changed import changed
from domain.commands.columns import require_open_column
from domain.commands.execution import Command, CommandContext, Outcome, require_version
from domain.commands.task_states import enter_column
from domain.entities import Project, Task
from domain.errors import Archived, NotFound
from domain.events import FieldChange, ProjectEventKind, changes_between, json_value
from domain.identifiers import ColumnId, TaskId
from domain.ports import TaskPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveTask(Command):
    """Put a task between two others of a column.

    `before_task_id` is the task that will follow, `after_task_id` the one that
    will precede; with neither it goes to the end. When both are named and
    somebody moved one away meanwhile, the other decides.
    """

    task_id: UUID
    column_id: UUID
    before_task_id: UUID | None = None
    after_task_id: UUID | None = None
    expected_version: int | None = None

    @property
    def is_brief(self) -> bool:
        """Yes, unless there is no room between the neighbours."""
        return True


async def move_task(command: MoveTask, context: CommandContext) -> Outcome[Task]:
    """The task at its new place."""
    place = TaskPlace(
        task_id=command.task_id,
        column_id=command.column_id,
        before_id=command.before_task_id,
        after_id=command.after_task_id,
    )
    await context.work.read_ahead(place, context.actor_id)
    locked = await context.lock_project_of("tasks", command.task_id, Permission.EDIT_TASKS)
    project = locked.project
    before = await context.work.tasks.find(command.task_id)
    if before is None:
        raise NotFound("No such task.", field=("taskId",))
    require_version(command.expected_version, before.version, before.id)
    if before.archived_at is not None:
        raise Archived("The task is archived. Restore it first.", field=("taskId",))
    after = await placed(
        project,
        before,
        command.column_id,
        context,
        before_id=command.before_task_id,
        after_id=command.after_task_id,
    )
    if after != before:
        after = changed(after, version=before.version + 1, updated_at=context.now)
        await context.work.tasks.update(before, after)
        context.record(
            project,
            ProjectEventKind.TASK_MOVED,
            after.id,
            task_id=after.id,
            changes=changes_between(before, after),
        )
    return Outcome(object=after, object_ids=(after.id,), cursor=context.cursor(project))


async def placed(
    project: Project,
    task: Task,
    column_id: UUID,
    context: CommandContext,
    *,
    before_id: UUID | None = None,
    after_id: UUID | None = None,
) -> Task:
    """The task at a place in an open column, with room made there; not yet kept."""
    column = await require_open_column(project, column_id, context)
    place = await find_place(
        context.work,
        column.id,
        moving=task,
        before=None if before_id is None else TaskId(before_id),
        after=None if after_id is None else TaskId(after_id),
    )
    await make_room(project, column.id, place, context, moving=task)
    return enter_column(task, column, context.now, position=place.position)


async def make_room(
    project: Project,
    column_id: ColumnId,
    place: Place,
    context: CommandContext,
    *,
    moving: Task | None = None,
) -> None:
    """Give the neighbours the ranks the place asks for, and tell of it in one event."""
    if not place.after_by_task_id:
        return
    ranks = dict(place.after_by_task_id)
    if moving is not None and moving.column_id == column_id:
        # Its old rank may be one that a neighbour is about to get.
        ranks[moving.id] = place.position
    await context.work.reposition_tasks(ranks)
    context.record(
        project,
        ProjectEventKind.COLUMN_REBALANCED,
        column_id,
        changes=(
            FieldChange(
                field="positions",
                before=json_value(place.before_by_task_id),
                after=json_value(place.after_by_task_id),
            ),
        ),
    )
