"""Creating, changing, moving and deleting the columns of a board."""

from dataclasses import dataclass, replace
from uuid import UUID

from domain import field_rules
from domain.access import Permission
from domain.board_moves import is_within
from domain.board_order import RANK_CHARACTERS_MAX, rank_between, ranks_between
from domain.commands.execution import (
    UNCHANGED,
    Command,
    CommandContext,
    Outcome,
    Unchanged,
    kept,
    require_version,
)
from domain.commands.task_states import enter_column
from domain.entities import Column, ColumnCategory, Project
from domain.errors import Archived, ColumnNotEmpty, InvalidInput, InvalidMove, NotFound
from domain.events import ProjectEventKind, changes_between
from domain.identifiers import ColumnId


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateColumn(Command):
    """Add a column between two others, or at the end."""

    id: UUID | None = None
    project_id: UUID
    name: str
    category: ColumnCategory
    wip_limit: int | None = None
    before_column_id: UUID | None = None
    after_column_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateColumn(Command):
    """Change a column; a limit of None lifts it."""

    column_id: UUID
    name: str | None = None
    category: ColumnCategory | None = None
    wip_limit: int | None | Unchanged = UNCHANGED
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveColumn(Command):
    """Put a column between two others, or at the end."""

    column_id: UUID
    before_column_id: UUID | None = None
    after_column_id: UUID | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteColumn(Command):
    """Remove a column; its tasks go to the end of the target column."""

    column_id: UUID
    target_column_id: UUID | None = None
    expected_version: int | None = None


async def create_column(command: CreateColumn, context: CommandContext) -> Outcome[Column]:
    """The new column."""
    locked = await context.lock_project(command.project_id, Permission.EDIT_BOARD)
    project = locked.project
    column = Column(
        id=ColumnId(command.id or context.ids.new_id()),
        workspace_id=project.workspace_id,
        project_id=project.id,
        name=field_rules.line(command.name, field="name"),
        category=command.category,
        wip_limit=_wip_limit(command.wip_limit),
        position=await _find_position(
            project,
            context,
            moving=None,
            before=command.before_column_id,
            after=command.after_column_id,
        ),
        version=1,
        archived_at=None,
        created_at=context.now,
        updated_at=context.now,
    )
    await context.work.columns.add(column)
    cursor = context.record(
        project, ProjectEventKind.COLUMN_CREATED, column.id, changes=changes_between(None, column)
    )
    return Outcome(object=column, object_ids=(column.id,), cursor=cursor)


async def update_column(command: UpdateColumn, context: CommandContext) -> Outcome[Column]:
    """The column as it is now."""
    project, before = await _lock_column(command.column_id, command.expected_version, context)
    after = replace(
        before,
        name=(
            before.name if command.name is None else field_rules.line(command.name, field="name")
        ),
        category=command.category or before.category,
        wip_limit=_wip_limit(kept(command.wip_limit, before.wip_limit)),
    )
    return await _save(project, before, after, ProjectEventKind.COLUMN_UPDATED, context)


async def move_column(command: MoveColumn, context: CommandContext) -> Outcome[Column]:
    """The column at its new place."""
    project, before = await _lock_column(command.column_id, command.expected_version, context)
    position = await _find_position(
        project,
        context,
        moving=before,
        before=command.before_column_id,
        after=command.after_column_id,
    )
    after = replace(before, position=position)
    return await _save(project, before, after, ProjectEventKind.COLUMN_MOVED, context)


async def delete_column(command: DeleteColumn, context: CommandContext) -> Outcome[Column]:
    """The column that was; its tasks stand at the end of the target, in their order."""
    project, column = await _lock_column(command.column_id, command.expected_version, context)
    tasks = await context.work.tasks_in_column(column.id)
    if tasks:
        target = await _find_target(project, column, command.target_column_id, context)
        gap = await context.work.task_gap(target.id, moving=None, before=None, after=None)
        ranks = ranks_between(gap.previous if gap else None, None, len(tasks))
        for before, rank in zip(tasks, ranks, strict=True):
            after = replace(
                enter_column(before, target, context.now),
                position=rank,
                version=before.version + 1,
                updated_at=context.now,
            )
            await context.work.tasks.update(before, after)
            context.record(
                project,
                ProjectEventKind.TASK_MOVED,
                after.id,
                task_id=after.id,
                changes=changes_between(before, after),
            )
    await context.work.columns.delete(column.id)
    cursor = context.record(
        project, ProjectEventKind.COLUMN_DELETED, column.id, changes=changes_between(column, None)
    )
    return Outcome(object=column, object_ids=(column.id,), cursor=cursor)


async def require_open_column(
    project: Project, column_id: UUID, context: CommandContext, *, field: str = "columnId"
) -> Column:
    """The project's column; raise NotFound or Archived unless tasks may enter it."""
    column = await context.work.columns.find(column_id)
    if column is None or column.project_id != project.id:
        raise NotFound("No such column in this project.", field=(field,))
    if column.archived_at is not None:
        raise Archived("The column is archived. Name an open one.", field=(field,))
    return column


async def _find_target(
    project: Project, column: Column, target_id: UUID | None, context: CommandContext
) -> Column:
    if target_id is None:
        raise ColumnNotEmpty(
            "The column has tasks. Name the column they go to.", field=("targetColumnId",)
        )
    if target_id == column.id:
        raise InvalidInput("Must be another column.", field=("targetColumnId",))
    return await require_open_column(project, target_id, context, field="targetColumnId")


async def _lock_column(
    column_id: UUID, expected_version: int | None, context: CommandContext
) -> tuple[Project, Column]:
    locked = await context.lock_project_of("columns", column_id, Permission.EDIT_BOARD)
    column = await context.work.columns.find(column_id)
    if column is None:
        raise NotFound("No such column.", field=("columnId",))
    require_version(expected_version, column.version, column.id)
    return locked.project, column


async def _find_position(
    project: Project,
    context: CommandContext,
    *,
    moving: Column | None,
    before: UUID | None,
    after: UUID | None,
) -> str:
    moving_id = None if moving is None else moving.id
    if moving_id is not None and moving_id in (before, after):
        raise InvalidMove("A column can't be its own neighbour.", field=("columnId",))
    gap = await context.work.column_gap(project.id, moving=moving_id, before=before, after=after)
    if gap is None:
        field = "afterColumnId" if after is not None else "beforeColumnId"
        raise InvalidMove("The neighbour is not a column of this project.", field=(field,))
    if moving is not None and is_within(gap, moving.position):
        return moving.position
    position = rank_between(gap.previous, gap.following)
    if len(position) <= RANK_CHARACTERS_MAX:
        return position
    return await _make_room(project, position, context, moving_id=moving_id)


async def _make_room(
    project: Project, position: str, context: CommandContext, *, moving_id: ColumnId | None
) -> str:
    """A short rank where the long one was, all other columns moved to short ranks around it."""
    columns = await context.work.columns_of(project.id)
    others = [column for column in columns if column.id != moving_id]
    index = sum(column.position < position for column in others)
    # Above all that are in use, so that none is given while another column still has it.
    ranks = ranks_between(columns[-1].position, None, len(others) + 1)
    for before, rank in zip(others, [*ranks[:index], *ranks[index + 1 :]], strict=True):
        after = replace(before, position=rank)
        await _save(project, before, after, ProjectEventKind.COLUMN_MOVED, context)
    return ranks[index]


def _wip_limit(value: int | None) -> int | None:
    if value is None:
        return None
    return field_rules.whole_number(
        value, field="wipLimit", least=1, most=field_rules.WIP_LIMIT_MAX
    )


async def _save(
    project: Project,
    before: Column,
    after: Column,
    kind: ProjectEventKind,
    context: CommandContext,
) -> Outcome[Column]:
    if after != before:
        after = replace(after, version=before.version + 1, updated_at=context.now)
        await context.work.columns.update(before, after)
        context.record(project, kind, after.id, changes=changes_between(before, after))
    return Outcome(object=after, object_ids=(after.id,), cursor=context.cursor(project))
