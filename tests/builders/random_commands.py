"""Commands of every kind, drawn at random from what a board holds or held."""

from collections.abc import Callable
from datetime import date
from random import Random
from typing import Final, TypeAlias
from uuid import UUID

from domain.access import Role
from domain.board_order import RANK_CHARACTERS_MAX, rank_between
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
from domain.commands.execution import UNCHANGED, Command, Handler
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
    RestoreProject,
    UpdateProject,
    archive_project,
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
from domain.entities import ColumnCategory, Comment, Priority, Task
from domain.errors import Archived, Forbidden, UserError
from tests.builders.worlds import World

# A command's type decides its handler's; the pair is made in one place and run in another.
Wish: TypeAlias = tuple[Handler, Command]  # type: ignore[type-arg]

# Parts of one: how soon an archived project returns, and how many deleted ids are forgotten.
_RESTORED_SOON: Final = 0.5
_FORGOTTEN: Final = 0.8
_COLUMNS_MIN: Final = 3
_TASKS_MIN: Final = 6
_WORDS: Final = ("weave", "Größe", "punch", "日本", "card", "gear", "mill", "store")


class RandomCommands:
    """Draws commands, and remembers the ids that they made, deleted ones included."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._random = Random(seed)  # noqa: S311 - a repeatable draw, not a secret
        self._ids: dict[str, list[UUID]] = {
            "columns": [column.id for column in world.columns],
            "labels": [],
            "tasks": [],
            "comments": [],
            "checklist_items": [],
        }
        self._draws: dict[str, list[Callable[[], Wish]]] = {
            "tasks": [self._create_task] * 4,
            "labels": [self._create_label],
            "columns": [self._create_column],
            "comments": [self._create_comment] * 2,
            "checklist_items": [self._create_item],
            "": [
                *[self._move_task] * 4,
                *[self._move_into_the_crowd] * 4,
                *[self._update_task] * 5,
                *[self._archive_or_restore_task] * 2,
                *[self._update_tasks] * 2,
                self._delete_task,
                self._update_label,
                self._delete_label,
                self._change_column,
                self._delete_column,
                *[self._change_comment] * 2,
                self._change_item,
                self._change_project,
            ],
        }
        self._kinds = [kind for kind, draws in self._draws.items() for _ in draws]
        self._task_id_by_comment_id: dict[UUID, UUID] = {}
        self._is_archived = False
        self._crowded_below: Task | None = None

    async def run_one(self) -> bool:
        """Run a command; whether it was accepted. A refusal must be an error a user can mend."""
        # Most commands act on tasks: a few come first.
        has_few = len(self._ids["tasks"]) < _TASKS_MIN
        kind = "tasks" if has_few else self._random.choice(self._kinds)
        handler, command = self._random.choice(self._draws[kind])()
        if self._is_archived and self._random.random() < _RESTORED_SOON:
            kind, (handler, command) = "", self._restore_project()
        role = self._random.choice([Role.OWNER, Role.OWNER, Role.ADMIN, Role.MEMBER])
        try:
            outcome = await self._world.run(handler, command, by=role)
        except Archived:
            # By somebody whose restoring lost the race against an archiving, perhaps.
            self._is_archived = True
            return False
        except (UserError, Forbidden):
            return False
        if kind:
            self._ids[kind].extend(outcome.object_ids)
        if isinstance(outcome.object, Comment):
            self._task_id_by_comment_id[outcome.object.id] = outcome.object.task_id
        self._notice(command)
        return True

    async def crowd(self) -> None:
        """Wear the room below one task down, so that the next move there respaces it."""
        top, one, other = await self._world.add_tasks(3)
        self._crowded_below = top
        while len(rank_between(top.position, one.position)) <= RANK_CHARACTERS_MAX:
            move = MoveTask(
                task_id=other.id,
                column_id=top.column_id,
                after_task_id=top.id,
                before_task_id=one.id,
            )
            one, other = await self._world.do(move_task, move), one

    def _notice(self, command: Command) -> None:
        """Forget most of what was deleted; the rest stays to be asked for in vain."""
        match command:
            case ArchiveProject():
                self._is_archived = True
            case RestoreProject():
                self._is_archived = False
            case DeleteColumn():
                self._ids["columns"].remove(command.column_id)
            case DeleteTask() if self._random.random() < _FORGOTTEN:
                self._ids["tasks"].remove(command.task_id)
            case DeleteLabel() if self._random.random() < _FORGOTTEN:
                self._ids["labels"].remove(command.label_id)
            case DeleteComment() if self._random.random() < _FORGOTTEN:
                self._ids["comments"].remove(command.comment_id)
            case DeleteChecklistItem() if self._random.random() < _FORGOTTEN:
                self._ids["checklist_items"].remove(command.item_id)
            case _:
                pass

    def _one(self, kind: str) -> UUID:
        """An id of the kind, or the project's where there is none yet, which is of no kind."""
        return self._random.choice(self._ids[kind] or [self._world.project.id])

    def _maybe(self, kind: str) -> UUID | None:
        return self._random.choice([None, self._one(kind)])

    def _pick(self, *wishes: Wish) -> Wish:
        return self._random.choice(wishes)

    def _some(self, kind: str) -> tuple[UUID, ...]:
        return tuple(self._one(kind) for _ in range(self._random.choice([0, 1, 2])))

    def _text(self) -> str:
        return " ".join(self._random.choice(_WORDS) for _ in range(self._random.choice([1, 2, 3])))

    def _create_task(self) -> Wish:
        return create_task, CreateTask(
            project_id=self._world.project.id,
            column_id=self._one("columns"),
            title=self._text(),
            priority=self._random.choice([None, *Priority]),
            label_ids=self._some("labels"),
            parent_id=self._maybe("tasks"),
            before_task_id=self._maybe("tasks"),
        )

    def _update_task(self) -> Wish:
        draw = self._random.choice
        return update_task, UpdateTask(
            task_id=self._one("tasks"),
            title=draw([UNCHANGED, self._text()]),
            description=draw([UNCHANGED, None, self._text()]),
            priority=draw([UNCHANGED, None, *Priority]),
            assignee_id=draw([UNCHANGED, None, self._world.actor(Role.MEMBER)]),
            added_label_ids=self._some("labels"),
            removed_label_ids=self._some("labels"),
            due_date=draw([UNCHANGED, None, date(2026, 3, 4)]),
            estimate=draw([UNCHANGED, None, 5]),
            parent_id=draw([UNCHANGED, None, self._one("tasks")]),
        )

    def _update_tasks(self) -> Wish:
        return update_tasks, UpdateTasks(
            task_ids=(self._one("tasks"), self._one("tasks"), self._one("tasks")),
            column_id=self._maybe("columns"),
            priority=self._random.choice([UNCHANGED, *Priority]),
            added_label_ids=self._some("labels"),
        )

    def _move_task(self) -> Wish:
        return move_task, MoveTask(
            task_id=self._one("tasks"),
            column_id=self._one("columns"),
            before_task_id=self._maybe("tasks"),
            after_task_id=self._maybe("tasks"),
        )

    def _move_into_the_crowd(self) -> Wish:
        if self._crowded_below is None:
            return self._move_task()
        return move_task, MoveTask(
            task_id=self._one("tasks"),
            column_id=self._crowded_below.column_id,
            after_task_id=self._crowded_below.id,
        )

    def _archive_or_restore_task(self) -> Wish:
        task_id = self._one("tasks")
        return self._pick(
            (archive_task, ArchiveTask(task_id=task_id)),
            (restore_task, RestoreTask(task_id=task_id)),
            (restore_task, RestoreTask(task_id=task_id, column_id=self._one("columns"))),
        )

    def _delete_task(self) -> Wish:
        return delete_task, DeleteTask(task_id=self._one("tasks"))

    def _create_label(self) -> Wish:
        return create_label, CreateLabel(
            project_id=self._world.project.id, name=self._text(), color="#1f6feb"
        )

    def _update_label(self) -> Wish:
        return update_label, UpdateLabel(label_id=self._one("labels"), name=self._text())

    def _delete_label(self) -> Wish:
        return delete_label, DeleteLabel(label_id=self._one("labels"))

    def _create_column(self) -> Wish:
        return create_column, CreateColumn(
            project_id=self._world.project.id,
            name=self._text(),
            category=self._random.choice(list(ColumnCategory)),
            after_column_id=self._maybe("columns"),
        )

    def _change_column(self) -> Wish:
        column_id = self._one("columns")
        return self._pick(
            (update_column, UpdateColumn(column_id=column_id, name=self._text(), wip_limit=3)),
            (update_column, UpdateColumn(column_id=column_id, wip_limit=None)),
            (move_column, MoveColumn(column_id=column_id)),
            (
                move_column,
                MoveColumn(column_id=column_id, before_column_id=self._one("columns")),
            ),
        )

    def _delete_column(self) -> Wish:
        if len(self._ids["columns"]) <= _COLUMNS_MIN:
            return self._change_column()
        return delete_column, DeleteColumn(
            column_id=self._one("columns"), target_column_id=self._maybe("columns")
        )

    def _create_comment(self) -> Wish:
        parent_id = self._maybe("comments")
        task_id = self._task_id_by_comment_id.get(parent_id) if parent_id else None
        return create_comment, CreateComment(
            task_id=task_id or self._one("tasks"), body=self._text(), parent_id=parent_id
        )

    def _change_comment(self) -> Wish:
        comment_id = self._one("comments")
        return self._pick(
            (update_comment, UpdateComment(comment_id=comment_id, body=self._text())),
            (delete_comment, DeleteComment(comment_id=comment_id)),
        )

    def _create_item(self) -> Wish:
        return create_checklist_item, CreateChecklistItem(
            task_id=self._one("tasks"),
            title=self._text(),
            before_item_id=self._maybe("checklist_items"),
        )

    def _change_item(self) -> Wish:
        item_id = self._one("checklist_items")
        return self._pick(
            (update_checklist_item, UpdateChecklistItem(item_id=item_id, is_completed=True)),
            (update_checklist_item, UpdateChecklistItem(item_id=item_id, title=self._text())),
            (delete_checklist_item, DeleteChecklistItem(item_id=item_id)),
        )

    def _change_project(self) -> Wish:
        project_id = self._world.project.id
        return self._pick(
            (update_project, UpdateProject(project_id=project_id, name=self._text())),
            (archive_project, ArchiveProject(project_id=project_id)),
        )

    def _restore_project(self) -> Wish:
        return restore_project, RestoreProject(project_id=self._world.project.id)
