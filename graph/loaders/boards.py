"""Loaders of projects, columns and labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from domain.entities import Column, Label, Project
from domain.queries import Page, Window
from domain.reads import ProjectsWanted, Visibility
from graph.connections import ConnectionLoader, CountKey
from graph.loading import CountLoader, EntityLoader, ListLoader, Loader, the_only
from graph.selected_fields import SelectedFields


class ProjectByIdLoader(Loader[UUID, Project | None, None]):
    """Projects, and their columns where the operation selects them, in one statement."""

    async def load_batch(self, keys: Sequence[UUID]) -> Sequence[Project | None]:
        """N ids → n projects; None for those the viewer may not see."""
        context = self.context
        wanted = context.selected.derive(
            ProjectByIdLoader, partial(_projects_wanted, context.selected)
        )
        found = await self.readers.boards.projects(keys, context.asker, wanted)
        context.see(found.visibility)
        context.loaders.prime(ColumnsByProjectLoader, found.columns_by_project_id, arguments=False)
        return [found.project_by_id.get(key) for key in keys]


def _projects_wanted(selected: SelectedFields) -> ProjectsWanted:
    return ProjectsWanted(
        fields=selected.attributes("Project"),
        has_columns="columns" in selected.names("Project"),
        column_fields=selected.attributes("BoardColumn"),
    )


class ProjectByKeyLoader(Loader[str, Project | None, str | None]):
    """The project with a key, in the workspace with the slug or among all of the viewer's."""

    async def load_batch(self, keys: Sequence[str]) -> Sequence[Project | None]:
        """N keys → n projects; a statement for each, as operations ask for one."""
        scope = await self.context.visibility()
        read = self.readers.boards.projects_with_key
        return [the_only(await read(key, self.arguments, scope)) for key in keys]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectListing:
    """Which projects of a workspace."""

    page: Page
    includes_archived: bool


class ProjectCountByWorkspaceLoader(CountLoader[bool]):
    """How many projects; the argument is whether archived ones count."""

    async def read(self, keys: Sequence[UUID], scope: Visibility) -> Mapping[UUID, int]:
        """Counts by workspace."""
        return await self.readers.boards.project_counts(
            keys, scope, includes_archived=self.arguments
        )


class ProjectsByWorkspaceLoader(ConnectionLoader[ProjectListing]):
    """Pages of projects."""

    async def read_windows(
        self, keys: Sequence[UUID], scope: Visibility
    ) -> Mapping[UUID, Window[Project]]:
        """Pages by workspace."""
        return await self.readers.boards.projects_of_workspaces(
            keys,
            self.arguments.page,
            scope,
            includes_archived=self.arguments.includes_archived,
        )

    def total(self, key: UUID) -> CountKey:
        """All projects of the workspace."""
        return CountKey(ProjectCountByWorkspaceLoader, self.arguments.includes_archived, key)


class ColumnByIdLoader(EntityLoader[Column]):
    """Columns."""

    async def read(self, keys: Sequence[UUID], scope: Visibility) -> Mapping[UUID, Column | None]:
        """Columns by id."""
        return await self.readers.boards.columns(keys, scope)


class ColumnsByProjectLoader(ListLoader[Column, bool]):
    """The columns of a board; the argument is whether archived ones are listed."""

    async def read(
        self, keys: Sequence[UUID], scope: Visibility
    ) -> Mapping[UUID, Sequence[Column]]:
        """Columns by project, in board order."""
        return await self.readers.boards.columns_of_projects(
            keys,
            scope,
            includes_archived=self.arguments,
            fields=self.context.selected.attributes("BoardColumn"),
        )


class LabelByIdLoader(EntityLoader[Label]):
    """Labels."""

    async def read(self, keys: Sequence[UUID], scope: Visibility) -> Mapping[UUID, Label | None]:
        """Labels by id."""
        return await self.readers.boards.labels(keys, scope)


class LabelsByProjectLoader(ListLoader[Label, None]):
    """The labels of a project."""

    async def read(self, keys: Sequence[UUID], scope: Visibility) -> Mapping[UUID, Sequence[Label]]:
        """Labels by project."""
        return await self.readers.boards.labels_of_projects(keys, scope)


class LabelsByWorkspaceLoader(ListLoader[Label, None]):
    """The labels of all projects of a workspace."""

    async def read(self, keys: Sequence[UUID], scope: Visibility) -> Mapping[UUID, Sequence[Label]]:
        """Labels by workspace."""
        return await self.readers.boards.labels_of_workspaces(keys, scope)


class LabelsByTaskLoader(ListLoader[Label, None]):
    """The labels on a task."""

    async def read(self, keys: Sequence[UUID], scope: Visibility) -> Mapping[UUID, Sequence[Label]]:
        """Labels by task."""
        return await self.readers.boards.labels_of_tasks(
            keys, scope, fields=self.context.selected.attributes("Label")
        )
