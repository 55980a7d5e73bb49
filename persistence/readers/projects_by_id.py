"""Projects by id, with their columns, in one statement."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from domain.reads import Asker, ProjectsFound, ProjectsWanted
from persistence import mappings
from persistence.read_pool import ReadPool
from persistence.readers.related_rows import (
    ArrayPart,
    ReadByIds,
    RowLayout,
    is_visible_to_viewer,
    memberships_of_viewer,
    visibility_of,
)
from persistence.tables import board_columns, projects

# Which fields operations select is the clients' choice; so many statements stay compiled.
_STATEMENTS: Final = 64


class ProjectsById:
    """The statement's text, and how its rows are read."""

    def __init__(self, wanted: ProjectsWanted) -> None:
        layout = RowLayout()
        self._project = layout.entity(mappings.PROJECTS, wanted.fields, projects)
        self._columns: ArrayPart[Any] | None = None
        if wanted.has_columns:
            found = (
                select()
                .select_from(board_columns)
                .where(
                    board_columns.c.project_id == projects.c.id,
                    board_columns.c.archived_at.is_(None),
                )
                .order_by(board_columns.c.position)
                .correlate(projects)
            )
            self._columns = layout.array(mappings.COLUMNS, wanted.column_fields, found)
        self._visibility = layout.value(memberships_of_viewer())
        self._read = ReadByIds(
            select(*layout.columns).where(is_visible_to_viewer(projects.c.workspace_id)),
            projects.c.id,
        )

    async def run(self, reads: ReadPool, ids: Collection[UUID], asker: Asker) -> ProjectsFound:
        """The projects that exist and may be seen."""
        rows = await self._read.fetch(reads, ids, asker)
        return ProjectsFound(
            project_by_id=self._project.by_id(rows),
            columns_by_project_id={row[0]: self._columns.of(row) for row in rows}
            if self._columns
            else {},
            visibility=visibility_of(asker, rows[0][self._visibility]) if rows else None,
        )


@lru_cache(maxsize=_STATEMENTS)
def projects_by_id(wanted: ProjectsWanted) -> ProjectsById:
    """The statement for what is wanted, compiled once."""
    return ProjectsById(wanted)
