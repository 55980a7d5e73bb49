"""Writing, editing and deleting comments."""

from dataclasses import dataclass, replace
from uuid import UUID

from domain import field_rules
from domain.access import Permission, require
from domain.commands.execution import Command, CommandContext, Outcome, require_version
from domain.entities import Comment, Project
from domain.errors import Forbidden, NotFound
from domain.events import ProjectEventKind, changes_between
from domain.identifiers import CommentId, TaskId
from domain.ports import LockedProject


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateComment(Command):
    """Say something about a task, or answer a comment on it."""

    id: UUID | None = None
    task_id: UUID
    body: str
    parent_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateComment(Command):
    """Rewrite one's own comment."""

    comment_id: UUID
    body: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteComment(Command):
    """Remove one's own comment, or as a moderator anybody's."""

    comment_id: UUID
    expected_version: int | None = None


async def create_comment(command: CreateComment, context: CommandContext) -> Outcome[Comment]:
    """The new comment."""
    locked = await context.lock_project_of("tasks", command.task_id, Permission.COMMENT)
    project, task_id = locked.project, TaskId(command.task_id)
    if await context.work.tasks.find(task_id) is None:
        raise NotFound("No such task.", field=("taskId",))
    comment = Comment(
        id=CommentId(command.id or context.ids.new_id()),
        workspace_id=project.workspace_id,
        project_id=project.id,
        task_id=task_id,
        parent_id=await _parent(task_id, command.parent_id, context),
        author_id=context.actor_id,
        body=field_rules.body(command.body, field="body"),
        version=1,
        edited_at=None,
        created_at=context.now,
        updated_at=context.now,
    )
    await context.work.comments.add(comment)
    cursor = context.record(
        project,
        ProjectEventKind.COMMENT_CREATED,
        comment.id,
        task_id=task_id,
        changes=changes_between(None, comment),
    )
    return Outcome(object=comment, object_ids=(comment.id,), cursor=cursor)


async def update_comment(command: UpdateComment, context: CommandContext) -> Outcome[Comment]:
    """The comment as it is now."""
    locked, before = await _lock_comment(command.comment_id, command.expected_version, context)
    if before.author_id != context.actor_id:
        raise Forbidden("Only its author may edit a comment.")
    after = replace(before, body=field_rules.body(command.body, field="body"))
    if after != before:
        after = await _save(locked.project, before, replace(after, edited_at=context.now), context)
    return Outcome(object=after, object_ids=(after.id,), cursor=context.cursor(locked.project))


async def delete_comment(command: DeleteComment, context: CommandContext) -> Outcome[Comment]:
    """The comment that was; answers to it stay, on their own."""
    locked, comment = await _lock_comment(command.comment_id, command.expected_version, context)
    if comment.author_id != context.actor_id:
        require(locked.role, Permission.MODERATE)
    for answer in await context.work.answers(comment.id):
        await _save(locked.project, answer, replace(answer, parent_id=None), context)
    await context.work.comments.delete(comment.id)
    cursor = context.record(
        locked.project,
        ProjectEventKind.COMMENT_DELETED,
        comment.id,
        task_id=comment.task_id,
        changes=changes_between(comment, None),
    )
    return Outcome(object=comment, object_ids=(comment.id,), cursor=cursor)


async def _lock_comment(
    comment_id: UUID, expected_version: int | None, context: CommandContext
) -> tuple[LockedProject, Comment]:
    locked = await context.lock_project_of("comments", comment_id, Permission.COMMENT)
    comment = await context.work.comments.find(comment_id)
    if comment is None:
        raise NotFound("No such comment.", field=("commentId",))
    require_version(expected_version, comment.version, comment.id)
    return locked, comment


async def _save(
    project: Project, before: Comment, after: Comment, context: CommandContext
) -> Comment:
    saved = replace(after, version=before.version + 1, updated_at=context.now)
    await context.work.comments.update(before, saved)
    context.record(
        project,
        ProjectEventKind.COMMENT_UPDATED,
        saved.id,
        task_id=saved.task_id,
        changes=changes_between(before, saved),
    )
    return saved


async def _parent(
    task_id: TaskId, parent_id: UUID | None, context: CommandContext
) -> CommentId | None:
    if parent_id is None:
        return None
    parent = await context.work.comments.find(parent_id)
    if parent is None or parent.task_id != task_id:
        raise NotFound("No such comment on this task.", field=("parentId",))
    return parent.id
