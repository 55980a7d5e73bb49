"""Who may run which command: every command for every role, a stranger and an archived project."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import pytest

from domain.access import Role
from domain.commands.checklists import (
    CreateChecklistItem,
    DeleteChecklistItem,
    UpdateChecklistItem,
    create_checklist_item,
    delete_checklist_item,
    update_checklist_item,
)
from domain.commands.columns import (
    CreateColumn,
    DeleteColumn,
    MoveColumn,
    UpdateColumn,
    create_column,
    delete_column,
    move_column,
    update_column,
)
from domain.commands.comments import (
    CreateComment,
    DeleteComment,
    UpdateComment,
    create_comment,
    delete_comment,
    update_comment,
)
from domain.commands.execution import Command, Handler
from domain.commands.labels import (
    CreateLabel,
    DeleteLabel,
    UpdateLabel,
    create_label,
    delete_label,
    update_label,
)
from domain.commands.projects import (
    ArchiveProject,
    CreateProject,
    RestoreProject,
    UpdateProject,
    archive_project,
    create_project,
    restore_project,
    update_project,
)
from domain.commands.task_batches import UpdateTasks, update_tasks
from domain.commands.task_lifecycle import (
    ArchiveTask,
    DeleteTask,
    RestoreTask,
    archive_task,
    delete_task,
    restore_task,
)
from domain.commands.task_moves import MoveTask, move_task
from domain.commands.tasks import CreateTask, UpdateTask, create_task, update_task
from domain.commands.workspaces import UpdateWorkspace, update_workspace
from domain.entities import ChecklistItem, ColumnCategory, Comment, Label, Priority, Task
from domain.errors import Archived, Forbidden, NotFound
from tests.builders import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A world with one of everything that commands act on; the owner made them all."""

    world: World
    task: Task
    label: Label
    comment: Comment
    item: ChecklistItem


# The parameters differ from command to command, and only the pair has to fit.
Wish: TypeAlias = tuple[Handler, Callable[[Board], Command]]  # type: ignore[type-arg]

TASK_WISHES: dict[str, Wish] = {
    "create a task": (
        create_task,
        lambda b: CreateTask(
            project_id=b.world.project.id, column_id=b.world.to_do.id, title="New"
        ),
    ),
    "update a task": (update_task, lambda b: UpdateTask(task_id=b.task.id, title="New")),
    "update tasks": (
        update_tasks,
        lambda b: UpdateTasks(task_ids=(b.task.id,), priority=Priority.LOW),
    ),
    "move a task": (
        move_task,
        lambda b: MoveTask(task_id=b.task.id, column_id=b.world.done.id),
    ),
    "archive a task": (archive_task, lambda b: ArchiveTask(task_id=b.task.id)),
    "restore a task": (restore_task, lambda b: RestoreTask(task_id=b.task.id)),
    "delete a task": (delete_task, lambda b: DeleteTask(task_id=b.task.id)),
    "create a step": (
        create_checklist_item,
        lambda b: CreateChecklistItem(task_id=b.task.id, title="New"),
    ),
    "update a step": (
        update_checklist_item,
        lambda b: UpdateChecklistItem(item_id=b.item.id, is_completed=True),
    ),
    "delete a step": (delete_checklist_item, lambda b: DeleteChecklistItem(item_id=b.item.id)),
    "comment": (create_comment, lambda b: CreateComment(task_id=b.task.id, body="New")),
    "create a label": (
        create_label,
        lambda b: CreateLabel(project_id=b.world.project.id, name="New", color="#000000"),
    ),
    "update a label": (update_label, lambda b: UpdateLabel(label_id=b.label.id, name="New")),
    "delete a label": (delete_label, lambda b: DeleteLabel(label_id=b.label.id)),
}
BOARD_WISHES: dict[str, Wish] = {
    "create a column": (
        create_column,
        lambda b: CreateColumn(
            project_id=b.world.project.id, name="New", category=ColumnCategory.DONE
        ),
    ),
    "update a column": (
        update_column,
        lambda b: UpdateColumn(column_id=b.world.done.id, name="New"),
    ),
    "move a column": (
        move_column,
        lambda b: MoveColumn(column_id=b.world.done.id, before_column_id=b.world.backlog.id),
    ),
    "delete a column": (delete_column, lambda b: DeleteColumn(column_id=b.world.done.id)),
    "update a project": (
        update_project,
        lambda b: UpdateProject(project_id=b.world.project.id, name="New"),
    ),
    "moderate a comment": (delete_comment, lambda b: DeleteComment(comment_id=b.comment.id)),
}
PROJECT_WISHES: dict[str, Wish] = {
    "archive a project": (
        archive_project,
        lambda b: ArchiveProject(project_id=b.world.project.id),
    ),
    "restore a project": (
        restore_project,
        lambda b: RestoreProject(project_id=b.world.project.id),
    ),
    "create a project": (
        create_project,
        lambda b: CreateProject(workspace_id=b.world.workspace.id, key="OPS", name="Ops"),
    ),
    "update a workspace": (
        update_workspace,
        lambda b: UpdateWorkspace(workspace_id=b.world.workspace.id, name="New"),
    ),
}
AUTHOR_WISHES: dict[str, Wish] = {
    "edit a comment": (
        update_comment,
        lambda b: UpdateComment(comment_id=b.comment.id, body="New"),
    ),
}
KEEPER_WISHES = BOARD_WISHES | PROJECT_WISHES
INSIDE_A_PROJECT = TASK_WISHES | BOARD_WISHES | AUTHOR_WISHES
ALL_WISHES = INSIDE_A_PROJECT | PROJECT_WISHES


@pytest.fixture
async def board(world: World) -> Board:
    task = await world.add_task()
    return Board(
        world=world,
        task=task,
        label=await world.add_label("Bug"),
        comment=await world.add_comment(task),
        item=await world.do(
            create_checklist_item, CreateChecklistItem(task_id=task.id, title="One")
        ),
    )


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.MEMBER])
@pytest.mark.parametrize("wish", TASK_WISHES)
async def test_a_member_changes_tasks_labels_and_comments(
    board: Board, wish: str, role: Role
) -> None:
    handler, command = TASK_WISHES[wish]
    outcome = await board.world.run(handler, command(board), by=role)
    assert outcome.object is not None


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
@pytest.mark.parametrize("wish", KEEPER_WISHES)
async def test_an_admin_changes_columns_projects_and_the_workspace(
    board: Board, wish: str, role: Role
) -> None:
    handler, command = KEEPER_WISHES[wish]
    outcome = await board.world.run(handler, command(board), by=role)
    assert outcome.object is not None


@pytest.mark.parametrize("wish", KEEPER_WISHES)
async def test_a_member_does_not_change_columns_projects_and_the_workspace(
    board: Board, wish: str
) -> None:
    handler, command = KEEPER_WISHES[wish]
    with pytest.raises(Forbidden, match="As a member you may not"):
        await board.world.run(handler, command(board), by=Role.MEMBER)


@pytest.mark.parametrize("wish", ALL_WISHES)
async def test_a_viewer_changes_nothing(board: Board, wish: str) -> None:
    handler, command = ALL_WISHES[wish]
    seq = await board.world.seq()
    with pytest.raises(Forbidden, match="As a viewer you may not"):
        await board.world.run(handler, command(board), by=Role.VIEWER)
    assert await board.world.seq() == seq


@pytest.mark.parametrize("wish", ALL_WISHES)
async def test_a_stranger_learns_no_more_than_that_it_is_not_found(board: Board, wish: str) -> None:
    handler, command = ALL_WISHES[wish]
    with pytest.raises(NotFound, match="No such") as refusal:
        await board.world.run(handler, command(board), by=board.world.stranger.id)
    [field] = refusal.value.field
    assert field.endswith(("Id", "Ids"))


@pytest.mark.parametrize("wish", INSIDE_A_PROJECT)
async def test_an_archived_project_does_not_change(board: Board, wish: str) -> None:
    world = board.world
    await world.run(archive_project, ArchiveProject(project_id=world.project.id))
    seq = await world.seq()
    handler, command = INSIDE_A_PROJECT[wish]
    with pytest.raises(Archived, match="The project is archived") as refusal:
        await world.run(handler, command(board))
    wished = command(board)
    assert refusal.value.field == (("projectId",) if hasattr(wished, "project_id") else ())
    assert await world.seq() == seq


async def test_a_restored_project_changes_again(board: Board) -> None:
    world = board.world
    await world.run(archive_project, ArchiveProject(project_id=world.project.id))
    await world.run(restore_project, RestoreProject(project_id=world.project.id))
    assert (await world.add_task()).number == 2
