"""`domain.readers.BoardReader` on Postgres."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from domain.entities import Column, Label, Project
from domain.queries import Page, Window
from domain.readers import Visibility
from persistence import mappings
from persistence.database import Database
from persistence.readers.entities import counts, entities_by_id, entities_by_parent, is_visible
from persistence.readers.windows import SortKey, is_one_of, window_statement, windows
from persistence.tables import board_columns, labels, projects, task_labels, workspaces

_BY_NAME: Final = (
    SortKey(expression=projects.c.name, value_type=str),
    SortKey(expression=projects.c.id, value_type=UUID),
)


class PostgresBoardReader:
    """Projects, columns and labels."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def projects(self, ids: Collection[UUID], scope: Visibility) -> Mapping[UUID, Project]:
        """By id."""
        return await entities_by_id(self._database, mappings.PROJECTS, ids, scope)

    async def projects_with_key(
        self, key: str, workspace_slug: str | None, scope: Visibility
    ) -> Sequence[Project]:
        """The projects with the key, in one workspace or in all."""
        mapping = mappings.PROJECTS
        statement = mapping.select().where(
            projects.c.key == key, is_visible(projects.c.workspace_id, scope)
        )
        if workspace_slug is not None:
            statement = statement.join(
                workspaces, workspaces.c.id == projects.c.workspace_id
            ).where(workspaces.c.slug == workspace_slug)
        return [mapping.entity(row) for row in await self._database.fetch(statement)]

    async def projects_of_workspaces(
        self,
        workspace_ids: Collection[UUID],
        page: Page,
        scope: Visibility,
        *,
        includes_archived: bool,
    ) -> Mapping[UUID, Window[Project]]:
        """By workspace, in order of their names."""
        mapping = mappings.PROJECTS
        entity = mapping.select().where(is_visible(projects.c.workspace_id, scope))
        if not includes_archived:
            entity = entity.where(projects.c.archived_at.is_(None))
        statement = window_statement(
            entity,
            parent=projects.c.workspace_id,
            parent_ids=workspace_ids,
            order=_BY_NAME,
            page=page,
        )
        rows = await self._database.fetch(statement)
        return windows(rows, order=_BY_NAME, page=page, entity=mapping.entity)

    async def project_counts(
        self, workspace_ids: Collection[UUID], scope: Visibility, *, includes_archived: bool
    ) -> Mapping[UUID, int]:
        """By workspace."""
        parent = projects.c.workspace_id
        statement = (
            select(parent, func.count())
            .where(is_one_of(parent, workspace_ids), is_visible(parent, scope))
            .group_by(parent)
        )
        if not includes_archived:
            statement = statement.where(projects.c.archived_at.is_(None))
        return counts(await self._database.fetch(statement))

    async def columns(self, ids: Collection[UUID], scope: Visibility) -> Mapping[UUID, Column]:
        """By id."""
        return await entities_by_id(self._database, mappings.COLUMNS, ids, scope)

    async def columns_of_projects(
        self, project_ids: Collection[UUID], scope: Visibility, *, includes_archived: bool
    ) -> Mapping[UUID, Sequence[Column]]:
        """By project, in board order."""
        mapping = mappings.COLUMNS
        parent = board_columns.c.project_id
        statement = (
            mapping.select()
            .where(is_one_of(parent, project_ids), is_visible(board_columns.c.workspace_id, scope))
            .order_by(board_columns.c.position)
        )
        if not includes_archived:
            statement = statement.where(board_columns.c.archived_at.is_(None))
        return await entities_by_parent(self._database, mapping, statement, parent)

    async def labels(self, ids: Collection[UUID], scope: Visibility) -> Mapping[UUID, Label]:
        """By id."""
        return await entities_by_id(self._database, mappings.LABELS, ids, scope)

    async def labels_of_projects(
        self, project_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Sequence[Label]]:
        """By project, in order of their names."""
        mapping = mappings.LABELS
        parent = labels.c.project_id
        statement = (
            mapping.select()
            .where(is_one_of(parent, project_ids), is_visible(labels.c.workspace_id, scope))
            .order_by(func.lower(labels.c.name), labels.c.id)
        )
        return await entities_by_parent(self._database, mapping, statement, parent)

    async def labels_of_workspaces(
        self, workspace_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Sequence[Label]]:
        """By workspace, in order of their names."""
        mapping = mappings.LABELS
        parent = labels.c.workspace_id
        statement = (
            mapping.select()
            .where(is_one_of(parent, workspace_ids), is_visible(parent, scope))
            .order_by(func.lower(labels.c.name), labels.c.id)
        )
        return await entities_by_parent(self._database, mapping, statement, parent)

    async def labels_of_tasks(
        self, task_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Sequence[Label]]:
        """By task, in order of their names."""
        mapping = mappings.LABELS
        parent = task_labels.c.task_id
        statement = (
            mapping.select()
            .join(task_labels, task_labels.c.label_id == labels.c.id)
            .where(is_one_of(parent, task_ids), is_visible(labels.c.workspace_id, scope))
            .order_by(func.lower(labels.c.name), labels.c.id)
        )
        return await entities_by_parent(self._database, mapping, statement, parent)
