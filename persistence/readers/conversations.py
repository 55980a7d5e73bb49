"""`domain.readers.ConversationReader` on Postgres."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from domain.entities import Attachment, ChecklistItem, Comment
from domain.queries import Page, Window
from domain.readers import Visibility
from persistence import mappings
from persistence.database import Database
from persistence.readers.entities import counts, entities_by_id, entities_by_parent, is_visible
from persistence.readers.windows import SortKey, is_one_of, window_statement, windows
from persistence.tables import attachments, checklist_items, comments

_OLDEST_FIRST: Final = (
    SortKey(expression=comments.c.created_at, value_type=datetime),
    SortKey(expression=comments.c.id, value_type=UUID),
)


class PostgresConversationReader:
    """What belongs to a task."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def comments(self, ids: Collection[UUID], scope: Visibility) -> Mapping[UUID, Comment]:
        """By id."""
        return await entities_by_id(self._database, mappings.COMMENTS, ids, scope)

    async def comments_of_tasks(
        self, task_ids: Collection[UUID], page: Page, scope: Visibility
    ) -> Mapping[UUID, Window[Comment]]:
        """By task, oldest first."""
        mapping = mappings.COMMENTS
        statement = window_statement(
            mapping.select().where(is_visible(comments.c.workspace_id, scope)),
            parent=comments.c.task_id,
            parent_ids=task_ids,
            order=_OLDEST_FIRST,
            page=page,
        )
        rows = await self._database.fetch(statement)
        return windows(rows, order=_OLDEST_FIRST, page=page, entity=mapping.entity)

    async def comment_counts(
        self, task_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, int]:
        """By task."""
        parent = comments.c.task_id
        statement = (
            select(parent, func.count())
            .where(is_one_of(parent, task_ids), is_visible(comments.c.workspace_id, scope))
            .group_by(parent)
        )
        return counts(await self._database.fetch(statement))

    async def checklist_items(
        self, ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, ChecklistItem]:
        """By id."""
        return await entities_by_id(self._database, mappings.CHECKLIST_ITEMS, ids, scope)

    async def checklists_of_tasks(
        self, task_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Sequence[ChecklistItem]]:
        """By task, in order."""
        mapping = mappings.CHECKLIST_ITEMS
        parent = checklist_items.c.task_id
        statement = (
            mapping.select()
            .where(is_one_of(parent, task_ids), is_visible(checklist_items.c.workspace_id, scope))
            .order_by(checklist_items.c.position)
        )
        return await entities_by_parent(self._database, mapping, statement, parent)

    async def attachments(
        self, ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Attachment]:
        """By id."""
        return await entities_by_id(self._database, mappings.ATTACHMENTS, ids, scope)

    async def attachments_of_tasks(
        self, task_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Sequence[Attachment]]:
        """By task, oldest first."""
        mapping = mappings.ATTACHMENTS
        parent = attachments.c.task_id
        statement = (
            mapping.select()
            .where(is_one_of(parent, task_ids), is_visible(attachments.c.workspace_id, scope))
            .order_by(attachments.c.created_at, attachments.c.id)
        )
        return await entities_by_parent(self._database, mapping, statement, parent)
