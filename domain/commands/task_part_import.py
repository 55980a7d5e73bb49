"""The checklists, attachments and comments of an imported board's tasks."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias, TypeVar

from domain import field_rules
from domain.board_import import (
    URL_CHARACTERS,
    ImportedAttachment,
    ImportedChecklistItem,
    ImportedComment,
    ImportedTask,
    ImportKind,
)
from domain.board_order import ranks_between
from domain.commands.checklists import ITEMS_PER_TASK
from domain.commands.import_run import ImportRun
from domain.entities import Attachment, ChecklistItem, Comment, Project
from domain.events import ProjectEventKind, changes_between
from domain.identifiers import AttachmentId, ChecklistItemId, CommentId, TaskId, UserId

P = TypeVar("P", ImportedChecklistItem, ImportedAttachment, ImportedComment)

_TASK_DELETED: Final = "new parts of tasks left out: the task was deleted here"
_MANY_ITEMS: Final = f"checklist items left out: a task has at most {ITEMS_PER_TASK}"

_Owner: TypeAlias = tuple[TaskId, ImportedTask]


async def import_task_parts(
    project: Project, user_by_id: Mapping[str, UserId], run: ImportRun
) -> None:
    """Make what is new on the board's tasks, wherever the task is still here."""
    owners = await _owners(run)
    await _import_checklists(project, owners, run)
    await _import_attachments(project, owners, run)
    await _import_comments(project, owners, user_by_id, run)


async def _owners(run: ImportRun) -> Sequence[_Owner]:
    """The tasks that have new parts and were not deleted."""
    candidates: list[_Owner] = []
    for imported in run.board.tasks:
        task_id = run.find(ImportKind.TASK, imported.external_id)
        if task_id is not None and _count_new(imported, run):
            candidates.append((TaskId(task_id), imported))
    found = await run.find_many(run.context.work.tasks, (task_id for task_id, _ in candidates))
    here = {task.id for task in found}
    gone = [imported for task_id, imported in candidates if task_id not in here]
    if gone:
        run.remarks[_TASK_DELETED] += sum(_count_new(imported, run) for imported in gone)
    return [(task_id, imported) for task_id, imported in candidates if task_id in here]


def _count_new(imported: ImportedTask, run: ImportRun) -> int:
    return (
        len(_new(ImportKind.CHECKLIST_ITEM, imported.checklist, run))
        + len(_new(ImportKind.ATTACHMENT, imported.attachments, run))
        + len(_new(ImportKind.COMMENT, imported.comments, run))
    )


def _new(kind: ImportKind, parts: Iterable[P], run: ImportRun) -> list[P]:
    return [part for part in parts if run.is_new(kind, part.external_id)]


async def _import_checklists(project: Project, owners: Sequence[_Owner], run: ImportRun) -> None:
    work, now = run.context.work, run.context.now
    items: list[ChecklistItem] = []
    for task_id, imported in owners:
        new = _new(ImportKind.CHECKLIST_ITEM, imported.checklist, run)
        if not new:
            continue
        last, room = None, ITEMS_PER_TASK
        if not run.is_new(ImportKind.TASK, imported.external_id):
            gap = await work.checklist_gap(task_id, moving=None, before=None, after=None)
            last = gap.previous if gap else None
            room = max(0, ITEMS_PER_TASK - await work.checklist_size(task_id))
        if len(new) > room:
            run.remarks[_MANY_ITEMS] += len(new) - room
        kept = new[:room]
        items += [
            ChecklistItem(
                id=ChecklistItemId(run.new_id(ImportKind.CHECKLIST_ITEM, item.external_id)),
                workspace_id=project.workspace_id,
                project_id=project.id,
                task_id=task_id,
                title=field_rules.line(
                    item.title, field="title", characters=field_rules.TITLE_CHARACTERS
                ),
                is_completed=item.is_completed,
                position=rank,
                version=1,
                created_at=now,
                updated_at=now,
            )
            for item, rank in zip(kept, ranks_between(last, None, len(kept)), strict=True)
        ]
    await run.add(work.checklist_items, items)
    _record(project, ProjectEventKind.CHECKLIST_ITEM_CREATED, items, run)


async def _import_attachments(project: Project, owners: Sequence[_Owner], run: ImportRun) -> None:
    now = run.context.now
    attachments = [
        Attachment(
            id=AttachmentId(run.new_id(ImportKind.ATTACHMENT, attachment.external_id)),
            workspace_id=project.workspace_id,
            project_id=project.id,
            task_id=task_id,
            name=field_rules.line(
                attachment.name, field="name", characters=field_rules.TITLE_CHARACTERS
            ),
            url=field_rules.line(attachment.url, field="url", characters=URL_CHARACTERS),
            created_at=attachment.created_at or now,
            updated_at=now,
        )
        for task_id, imported in owners
        for attachment in _new(ImportKind.ATTACHMENT, imported.attachments, run)
    ]
    await run.add(run.context.work.attachments, attachments)
    _record(project, ProjectEventKind.ATTACHMENT_CREATED, attachments, run)


async def _import_comments(
    project: Project, owners: Sequence[_Owner], user_by_id: Mapping[str, UserId], run: ImportRun
) -> None:
    comments = [
        Comment(
            id=CommentId(run.new_id(ImportKind.COMMENT, comment.external_id)),
            workspace_id=project.workspace_id,
            project_id=project.id,
            task_id=task_id,
            parent_id=None,
            author_id=user_by_id.get(comment.author_id or ""),
            body=field_rules.body(comment.body, field="body"),
            version=1,
            edited_at=comment.edited_at,
            created_at=comment.created_at,
            updated_at=comment.edited_at or comment.created_at,
        )
        for task_id, imported in owners
        for comment in _new(ImportKind.COMMENT, imported.comments, run)
    ]
    await run.add(run.context.work.comments, comments)
    _record(project, ProjectEventKind.COMMENT_CREATED, comments, run)


def _record(
    project: Project,
    kind: ProjectEventKind,
    parts: Sequence[ChecklistItem] | Sequence[Attachment] | Sequence[Comment],
    run: ImportRun,
) -> None:
    for part in parts:
        run.context.record(
            project, kind, part.id, task_id=part.task_id, changes=changes_between(None, part)
        )
