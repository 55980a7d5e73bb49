"""The demo workspace of the first start: three people and a board that shows around."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from domain.accounts import PasswordHasher
from domain.commands.checklists import (
    CreateChecklistItem,
    UpdateChecklistItem,
    create_checklist_item,
    update_checklist_item,
)
from domain.commands.columns import CreateColumn, create_column
from domain.commands.comments import CreateComment, create_comment
from domain.commands.execution import Command, CommandContext, Outcome
from domain.commands.labels import CreateLabel, create_label
from domain.commands.projects import CreateProject, create_project
from domain.commands.tasks import CreateTask, create_task
from domain.commands.workspaces import CreateWorkspace, create_workspace
from domain.entities import Membership, User, Workspace
from domain.errors import AlreadyExists
from domain.identifiers import MembershipId, UserId, WorkspaceId
from infra.clock import SystemClock, Uuid7Generator
from infra.security import BcryptHasher
from infra.settings import Environment, Settings
from persistence.accounts import PostgresAccounts
from persistence.database import Database
from web.bootstrap import command_bus
from web.demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from web.demo.board import COLUMNS, LABELS, TASKS, DemoTask

WORKSPACE_SLUG = "demo"
PROJECT_KEY = "DEMO"


@dataclass(frozen=True, slots=True, kw_only=True)
class _CreateDemo(Command):
    """Make the workspace, its members and its board. The first user owns it."""

    user_ids: tuple[UserId, ...]


async def ensure_demo(settings: Settings) -> bool:
    """Make the demo workspace unless there is one; return whether it was made.

    All of its board or nothing is made. Raises ValueError outside dev, where a
    public password has no place.
    """
    if settings.environment is not Environment.DEV:
        raise ValueError("the demo is for dev only: its accounts have a public password")
    async with Database(settings.database_url, pool_size=1) as database:
        with BcryptHasher() as passwords:
            user_ids = await _ensure_users(database, passwords)
        try:
            await command_bus(database).run(
                _create_demo, _CreateDemo(user_ids=user_ids), actor_id=user_ids[0]
            )
        except AlreadyExists:
            return False
    return True


async def _ensure_users(database: Database, passwords: PasswordHasher) -> tuple[UserId, ...]:
    accounts = PostgresAccounts(database)
    ids = Uuid7Generator()
    user_ids = []
    for email, name, _ in DEMO_ACCOUNTS:
        async with accounts.transaction() as transaction:
            present = await transaction.find_credentials(email)
        if present is not None:
            user_ids.append(present.user.id)
            continue
        now = SystemClock().now()
        user = User(id=UserId(ids.new_id()), name=name, email=email, created_at=now, updated_at=now)
        password_hash = await passwords.hash(DEMO_PASSWORD)
        async with accounts.transaction() as transaction:
            await transaction.add_user(user, password_hash=password_hash)
        user_ids.append(user.id)
    return tuple(user_ids)


async def _create_demo(command: _CreateDemo, context: CommandContext) -> Outcome[Workspace]:
    """The demo's parts by their own use cases, in one transaction."""
    workspace = await create_workspace(CreateWorkspace(slug=WORKSPACE_SLUG, name="Demo"), context)
    [workspace_id] = workspace.object_ids
    await _add_members(WorkspaceId(workspace_id), command.user_ids[1:], context)
    project = await create_project(
        CreateProject(
            workspace_id=workspace_id,
            key=PROJECT_KEY,
            name="Welcome to Taskwire",
            description="A board to try things on. Everything here may be changed.",
            with_default_columns=False,
        ),
        context,
    )
    [project_id] = project.object_ids
    column_ids = {}
    for name, category, wip_limit in COLUMNS:
        column = await create_column(
            CreateColumn(project_id=project_id, name=name, category=category, wip_limit=wip_limit),
            context,
        )
        [column_ids[name]] = column.object_ids
    label_ids = {}
    for name, color in LABELS.items():
        label = await create_label(
            CreateLabel(project_id=project_id, name=name, color=color), context
        )
        [label_ids[name]] = label.object_ids
    board = _Board(project_id=project_id, column_ids=column_ids, label_ids=label_ids)
    for task in TASKS:
        await _add_task(task, board, command.user_ids, context)
    return workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class _Board:
    project_id: UUID
    column_ids: dict[str, UUID]
    label_ids: dict[str, UUID]


async def _add_members(
    workspace_id: WorkspaceId, user_ids: Sequence[UserId], context: CommandContext
) -> None:
    await context.work.memberships.add(
        *(
            Membership(
                id=MembershipId(context.ids.new_id()),
                workspace_id=workspace_id,
                user_id=user_id,
                role=role,
                created_at=context.now,
                updated_at=context.now,
            )
            for user_id, (_, _, role) in zip(user_ids, DEMO_ACCOUNTS[1:], strict=True)
        )
    )


async def _add_task(
    task: DemoTask, board: _Board, user_ids: Sequence[UserId], context: CommandContext
) -> None:
    created = await create_task(
        CreateTask(
            project_id=board.project_id,
            column_id=board.column_ids[task.column],
            title=task.title,
            description=task.description,
            priority=task.priority,
            assignee_id=None if task.assignee is None else user_ids[task.assignee],
            label_ids=tuple(board.label_ids[name] for name in task.labels),
            due_date=(
                None
                if task.due_in_days is None
                else context.now.date() + timedelta(days=task.due_in_days)
            ),
            estimate=task.estimate,
        ),
        context,
    )
    [task_id] = created.object_ids
    for place, title in enumerate(task.checklist):
        item = await create_checklist_item(
            CreateChecklistItem(task_id=task_id, title=title), context
        )
        if place < task.done_count:
            [item_id] = item.object_ids
            await update_checklist_item(
                UpdateChecklistItem(item_id=item_id, is_completed=True), context
            )
    for comment in task.comments:
        # As somebody else, in the same transaction.
        speaker = replace(context, actor_id=user_ids[comment.author])
        await create_comment(CreateComment(task_id=task_id, body=comment.body), speaker)
