"""`domain.readers.ConversationReader` on Postgres."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from domain.entities import Attachment, ChecklistItem, Comment
from domain.queries import Page, Window
from domain.reads import Visibility
from persistence import mappings
from persistence.read_pool import ReadPool
from persistence.readers.entities import (
    ReadById,
    ReadByParent,
    ReadCounts,
    is_visible,
    visible,
)
from persistence.readers.windows import SortKey, WindowBounds, WindowRead, WindowShape
from persistence.tables import attachments, checklist_items, comments

_OLDEST_FIRST: Final = (
    SortKey(expression=comments.c.created_at, value_type=datetime),
    SortKey(expression=comments.c.id, value_type=UUID),
)

_COMMENTS: Final = ReadById(mappings.COMMENTS)
_COMMENT_COUNTS: Final = ReadCounts(comments.c.task_id, is_visible(comments.c.workspace_id))
_CHECKLIST_ITEMS: Final = ReadById(mappings.CHECKLIST_ITEMS)
_CHECKLISTS: Final = ReadByParent(
    mappings.CHECKLIST_ITEMS,
    mappings.CHECKLIST_ITEMS.select()
    .where(is_visible(checklist_items.c.workspace_id))
    .order_by(checklist_items.c.position),
    checklist_items.c.task_id,
)
_ATTACHMENTS: Final = ReadById(mappings.ATTACHMENTS)
_ATTACHMENTS_OF_TASKS: Final = ReadByParent(
    mappings.ATTACHMENTS,
    mappings.ATTACHMENTS.select()
    .where(is_visible(attachments.c.workspace_id))
    .order_by(attachments.c.created_at, attachments.c.id),
    attachments.c.task_id,
)


class PostgresConversationReader:
    """What belongs to a task."""

    def __init__(self, reads: ReadPool) -> None:
        self._reads = reads

    async def comments(self, ids: Collection[UUID], scope: Visibility) -> Mapping[UUID, Comment]:
        """By id."""
        return await _COMMENTS.run(self._reads, ids, scope)

    async def comments_of_tasks(
        self,
        task_ids: Collection[UUID],
        page: Page,
        scope: Visibility,
        *,
        fields: frozenset[str] | None = None,
    ) -> Mapping[UUID, Window[Comment]]:
        """By task, oldest first."""
        bounds = WindowBounds(page, _OLDEST_FIRST)
        read = _comments_of_tasks(bounds.shape, fields)
        return await read.run(self._reads, task_ids, bounds, visible(scope))

    async def comment_counts(
        self, task_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, int]:
        """By task."""
        return await _COMMENT_COUNTS.run(self._reads, task_ids, visible(scope))

    async def checklist_items(
        self, ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, ChecklistItem]:
        """By id."""
        return await _CHECKLIST_ITEMS.run(self._reads, ids, scope)

    async def checklists_of_tasks(
        self,
        task_ids: Collection[UUID],
        scope: Visibility,
        *,
        fields: frozenset[str] | None = None,
    ) -> Mapping[UUID, Sequence[ChecklistItem]]:
        """By task, in order."""
        return await _CHECKLISTS.run(self._reads, task_ids, scope, fields)

    async def attachments(
        self, ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Attachment]:
        """By id."""
        return await _ATTACHMENTS.run(self._reads, ids, scope)

    async def attachments_of_tasks(
        self, task_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Sequence[Attachment]]:
        """By task, oldest first."""
        return await _ATTACHMENTS_OF_TASKS.run(self._reads, task_ids, scope)


@lru_cache(maxsize=64)
def _comments_of_tasks(shape: WindowShape, fields: frozenset[str] | None) -> WindowRead[Comment]:
    names = mappings.COMMENTS.names_among(fields)
    return WindowRead(
        mappings.COMMENTS,
        mappings.COMMENTS.select(names).where(is_visible(comments.c.workspace_id)),
        parent=comments.c.task_id,
        order=_OLDEST_FIRST,
        shape=shape,
    )
