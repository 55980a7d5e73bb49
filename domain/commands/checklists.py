"""The steps of a task."""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from domain import field_rules
from domain.access import Permission
from domain.board_order import rank_between
from domain.commands.execution import Command, CommandContext, Outcome, require_version
from domain.commands.tasks import lock_task
from domain.entities import ChecklistItem, Project
from domain.errors import InvalidMove, LimitExceeded, NotFound
from domain.events import ProjectEventKind, changes_between
from domain.identifiers import ChecklistItemId

ITEMS_PER_TASK: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateChecklistItem(Command):
    """Add a step between two others, or at the end."""

    id: UUID | None = None
    task_id: UUID
    title: str
    before_item_id: UUID | None = None
    after_item_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateChecklistItem(Command):
    """Rename or tick a step; None leaves a field as it is."""

    item_id: UUID
    title: str | None = None
    is_completed: bool | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteChecklistItem(Command):
    """Remove a step."""

    item_id: UUID
    expected_version: int | None = None


async def create_checklist_item(
    command: CreateChecklistItem, context: CommandContext
) -> Outcome[ChecklistItem]:
    """The new step."""
    project, task = await lock_task(command.task_id, None, context)
    gap = await context.work.checklist_gap(
        task.id, moving=None, before=command.before_item_id, after=command.after_item_id
    )
    if gap is None:
        field = "afterItemId" if command.after_item_id is not None else "beforeItemId"
        raise InvalidMove("The neighbour is not in this checklist.", field=(field,))
    if await context.work.checklist_size(task.id) >= ITEMS_PER_TASK:
        raise LimitExceeded(f"A checklist has at most {ITEMS_PER_TASK} items.", field=("taskId",))
    item = ChecklistItem(
        id=ChecklistItemId(command.id or context.ids.new_id()),
        workspace_id=project.workspace_id,
        project_id=project.id,
        task_id=task.id,
        title=field_rules.line(
            command.title, field="title", characters=field_rules.TITLE_CHARACTERS
        ),
        is_completed=False,
        position=rank_between(gap.previous, gap.following),
        version=1,
        created_at=context.now,
        updated_at=context.now,
    )
    await context.work.checklist_items.add(item)
    cursor = context.record(
        project,
        ProjectEventKind.CHECKLIST_ITEM_CREATED,
        item.id,
        task_id=task.id,
        changes=changes_between(None, item),
    )
    return Outcome(object=item, object_ids=(item.id,), cursor=cursor)


async def update_checklist_item(
    command: UpdateChecklistItem, context: CommandContext
) -> Outcome[ChecklistItem]:
    """The step as it is now."""
    project, before = await _lock_item(command.item_id, command.expected_version, context)
    after = replace(
        before,
        title=(
            before.title
            if command.title is None
            else field_rules.line(
                command.title, field="title", characters=field_rules.TITLE_CHARACTERS
            )
        ),
        is_completed=(
            before.is_completed if command.is_completed is None else command.is_completed
        ),
    )
    if after != before:
        after = replace(after, version=before.version + 1, updated_at=context.now)
        await context.work.checklist_items.update(before, after)
        context.record(
            project,
            ProjectEventKind.CHECKLIST_ITEM_UPDATED,
            after.id,
            task_id=after.task_id,
            changes=changes_between(before, after),
        )
    return Outcome(object=after, object_ids=(after.id,), cursor=context.cursor(project))


async def delete_checklist_item(
    command: DeleteChecklistItem, context: CommandContext
) -> Outcome[ChecklistItem]:
    """The step that was."""
    project, item = await _lock_item(command.item_id, command.expected_version, context)
    await context.work.checklist_items.delete(item.id)
    cursor = context.record(
        project,
        ProjectEventKind.CHECKLIST_ITEM_DELETED,
        item.id,
        task_id=item.task_id,
        changes=changes_between(item, None),
    )
    return Outcome(object=item, object_ids=(item.id,), cursor=cursor)


async def _lock_item(
    item_id: UUID, expected_version: int | None, context: CommandContext
) -> tuple[Project, ChecklistItem]:
    locked = await context.lock_project_of("checklist_items", item_id, Permission.EDIT_TASKS)
    item = await context.work.checklist_items.find(item_id)
    if item is None:
        raise NotFound("No such checklist item.", field=("itemId",))
    require_version(expected_version, item.version, item.id)
    return locked.project, item
