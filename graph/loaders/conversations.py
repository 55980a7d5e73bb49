"""Loaders of what belongs to a task: comments, checklist items, attachments."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from domain.entities import Attachment, ChecklistItem, Comment
from domain.queries import Page, Window
from domain.reads import Visibility
from graph.connections import ConnectionLoader, CountKey
from graph.loading import CountLoader, EntityLoader, ListLoader


class CommentByIdLoader(EntityLoader[Comment]):
    """Comments."""

    async def read(self, keys: Sequence[UUID], scope: Visibility) -> Mapping[UUID, Comment | None]:
        """Comments by id."""
        return await self.readers.conversations.comments(keys, scope)


class CommentCountByTaskLoader(CountLoader[None]):
    """How many comments a task has."""

    async def read(self, keys: Sequence[UUID], scope: Visibility) -> Mapping[UUID, int]:
        """Counts by task."""
        return await self.readers.conversations.comment_counts(keys, scope)


class CommentsByTaskLoader(ConnectionLoader[Page]):
    """Pages of a task's comments, oldest first."""

    async def read_windows(
        self, keys: Sequence[UUID], scope: Visibility
    ) -> Mapping[UUID, Window[Comment]]:
        """Pages by task."""
        return await self.readers.conversations.comments_of_tasks(keys, self.arguments, scope)

    def total(self, key: UUID) -> CountKey:
        """All comments of the task."""
        return CountKey(CommentCountByTaskLoader, None, key)


class ChecklistItemByIdLoader(EntityLoader[ChecklistItem]):
    """Checklist items."""

    async def read(
        self, keys: Sequence[UUID], scope: Visibility
    ) -> Mapping[UUID, ChecklistItem | None]:
        """Checklist items by id."""
        return await self.readers.conversations.checklist_items(keys, scope)


class ChecklistByTaskLoader(ListLoader[ChecklistItem, None]):
    """The steps of a task."""

    async def read(
        self, keys: Sequence[UUID], scope: Visibility
    ) -> Mapping[UUID, Sequence[ChecklistItem]]:
        """Checklist items by task, in order."""
        return await self.readers.conversations.checklists_of_tasks(keys, scope)


class AttachmentByIdLoader(EntityLoader[Attachment]):
    """Attachments."""

    async def read(
        self, keys: Sequence[UUID], scope: Visibility
    ) -> Mapping[UUID, Attachment | None]:
        """Attachments by id."""
        return await self.readers.conversations.attachments(keys, scope)


class AttachmentsByTaskLoader(ListLoader[Attachment, None]):
    """The attachments of a task."""

    async def read(
        self, keys: Sequence[UUID], scope: Visibility
    ) -> Mapping[UUID, Sequence[Attachment]]:
        """Attachments by task."""
        return await self.readers.conversations.attachments_of_tasks(keys, scope)
