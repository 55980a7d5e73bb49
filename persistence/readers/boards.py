"""`domain.readers.BoardReader` on Postgres."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache, lru_cache
from typing import Final
from uuid import UUID

from sqlalchemy import Text, bindparam, func, select, true

from domain.entities import Column, Label, Project
from domain.identifiers import UserId
from domain.queries import Page, Window
from domain.reads import (
    Asker,
    Fields,
    ProjectNamed,
    ProjectsFound,
    ProjectStamp,
    ProjectsWanted,
    Visibility,
)
from persistence import mappings
from persistence.compiled_statements import CompiledStatement, is_one_of
from persistence.read_pool import ReadPool
from persistence.readers.entities import (
    ReadById,
    ReadByParent,
    ReadCounts,
    is_visible,
    keys_and_scope,
    visible,
)
from persistence.readers.project_stamps import find_stamp
from persistence.readers.projects_by_id import projects_by_id
from persistence.readers.windows import SortKey, WindowBounds, WindowRead, WindowShape
from persistence.tables import board_columns, labels, projects, task_labels, workspaces

_BY_NAME: Final = (
    SortKey(expression=projects.c.name, value_type=str),
    SortKey(expression=projects.c.id, value_type=UUID),
)

_with_key = mappings.PROJECTS.select().where(
    projects.c.key == bindparam("key", type_=Text), is_visible(projects.c.workspace_id)
)
_PROJECTS_WITH_KEY: Final = CompiledStatement(_with_key)
_PROJECT_IN_WORKSPACE: Final = CompiledStatement(
    _with_key.join(workspaces, workspaces.c.id == projects.c.workspace_id).where(
        workspaces.c.slug == bindparam("workspace_slug", type_=Text)
    )
)

_COLUMNS: Final = ReadById(mappings.COLUMNS)

_LABELS: Final = ReadById(mappings.LABELS)
_labels = (
    mappings.LABELS.select()
    .where(is_visible(labels.c.workspace_id))
    .order_by(func.lower(labels.c.name), labels.c.id)
)
_LABELS_OF_PROJECTS: Final = ReadByParent(mappings.LABELS, _labels, labels.c.project_id)
_LABELS_OF_WORKSPACES: Final = ReadByParent(mappings.LABELS, _labels, labels.c.workspace_id)
# Each label once, with the tasks that have it: boards have few labels and many tasks.
_tagged = (
    select(task_labels.c.label_id, func.array_agg(task_labels.c.task_id).label("task_ids"))
    .where(is_one_of(task_labels.c.task_id, "ids"))
    .group_by(task_labels.c.label_id)
    .subquery("tagged")
)


class PostgresBoardReader:
    """Projects, columns and labels."""

    def __init__(self, reads: ReadPool) -> None:
        self._reads = reads

    async def projects(
        self, ids: Collection[UUID], asker: Asker, wanted: ProjectsWanted
    ) -> ProjectsFound:
        """By id, within what the viewer may see; it need not be known before."""
        return await projects_by_id(wanted).run(self._reads, ids, asker)

    async def project_stamp(
        self, project: ProjectNamed, viewer_id: UserId, *, has_surroundings: bool
    ) -> ProjectStamp | None:
        """The project's stamp; None unless exactly one that the viewer may see is named."""
        return await find_stamp(self._reads, project, viewer_id, has_surroundings=has_surroundings)

    async def projects_with_key(
        self, key: str, workspace_slug: str | None, scope: Visibility
    ) -> Sequence[Project]:
        """The projects with the key, in one workspace or in all."""
        parameters = {"key": key, "workspace_slug": workspace_slug, **visible(scope)}
        read = _PROJECTS_WITH_KEY if workspace_slug is None else _PROJECT_IN_WORKSPACE
        return mappings.PROJECTS.entities(await self._reads.fetch(read, parameters))

    async def projects_of_workspaces(
        self,
        workspace_ids: Collection[UUID],
        page: Page,
        scope: Visibility,
        *,
        includes_archived: bool,
    ) -> Mapping[UUID, Window[Project]]:
        """By workspace, in order of their names."""
        bounds = WindowBounds(page, _BY_NAME)
        read = _projects_of_workspaces(bounds.shape, includes_archived=includes_archived)
        return await read.run(self._reads, workspace_ids, bounds, visible(scope))

    async def project_counts(
        self, workspace_ids: Collection[UUID], scope: Visibility, *, includes_archived: bool
    ) -> Mapping[UUID, int]:
        """By workspace."""
        read = _project_counts(includes_archived=includes_archived)
        return await read.run(self._reads, workspace_ids, visible(scope))

    async def columns(self, ids: Collection[UUID], scope: Visibility) -> Mapping[UUID, Column]:
        """By id."""
        return await _COLUMNS.run(self._reads, ids, scope)

    async def columns_of_projects(
        self,
        project_ids: Collection[UUID],
        scope: Visibility,
        *,
        includes_archived: bool,
        fields: Fields = None,
    ) -> Mapping[UUID, Sequence[Column]]:
        """By project, in board order."""
        read = _columns_of_projects(includes_archived=includes_archived)
        return await read.run(self._reads, project_ids, scope, fields)

    async def labels(self, ids: Collection[UUID], scope: Visibility) -> Mapping[UUID, Label]:
        """By id."""
        return await _LABELS.run(self._reads, ids, scope)

    async def labels_of_projects(
        self, project_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Sequence[Label]]:
        """By project, in order of their names."""
        return await _LABELS_OF_PROJECTS.run(self._reads, project_ids, scope)

    async def labels_of_workspaces(
        self, workspace_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Sequence[Label]]:
        """By workspace, in order of their names."""
        return await _LABELS_OF_WORKSPACES.run(self._reads, workspace_ids, scope)

    async def labels_of_tasks(
        self, task_ids: Collection[UUID], scope: Visibility, *, fields: Fields = None
    ) -> Mapping[UUID, Sequence[Label]]:
        """By task, in order of their names."""
        names, read = _labels_of_tasks(fields)
        rows = await self._reads.fetch(read, keys_and_scope(task_ids, scope))
        labels_by_task_id: dict[UUID, list[Label]] = {}
        found = mappings.LABELS.entities(rows, names=names, extra=1)
        for row, label in zip(rows, found, strict=True):
            for task_id in row[-1]:
                labels_by_task_id.setdefault(task_id, []).append(label)
        return labels_by_task_id


@lru_cache(maxsize=64)
def _labels_of_tasks(fields: Fields) -> tuple[tuple[str, ...], CompiledStatement]:
    names = mappings.LABELS.names_among(fields)
    # Looked up one by one: joined, all labels of the workspace would be read for those few.
    label = (
        select(*(labels.c[name] for name in dict.fromkeys((*names, "id", "name"))))
        .where(labels.c.id == _tagged.c.label_id, is_visible(labels.c.workspace_id))
        .limit(1)
        .lateral("label")
    )
    statement = (
        select(*(label.c[name] for name in names), _tagged.c.task_ids)
        .select_from(_tagged.join(label, true()))
        .order_by(func.lower(label.c.name), label.c.id)
    )
    return names, CompiledStatement(statement)


@lru_cache(maxsize=16)
def _projects_of_workspaces(shape: WindowShape, *, includes_archived: bool) -> WindowRead[Project]:
    entity = mappings.PROJECTS.select().where(is_visible(projects.c.workspace_id))
    if not includes_archived:
        entity = entity.where(projects.c.archived_at.is_(None))
    return WindowRead(
        mappings.PROJECTS, entity, parent=projects.c.workspace_id, order=_BY_NAME, shape=shape
    )


@cache
def _project_counts(*, includes_archived: bool) -> ReadCounts:
    conditions = [is_visible(projects.c.workspace_id)]
    if not includes_archived:
        conditions.append(projects.c.archived_at.is_(None))
    return ReadCounts(projects.c.workspace_id, *conditions)


@cache
def _columns_of_projects(*, includes_archived: bool) -> ReadByParent[Column]:
    statement = (
        mappings.COLUMNS.select()
        .where(is_visible(board_columns.c.workspace_id))
        .order_by(board_columns.c.position)
    )
    if not includes_archived:
        statement = statement.where(board_columns.c.archived_at.is_(None))
    return ReadByParent(mappings.COLUMNS, statement, board_columns.c.project_id)
