"""`domain.readers.PeopleReader` on Postgres."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select

from domain.entities import Membership, User, Workspace
from domain.identifiers import UserId
from domain.readers import Visibility
from persistence import mappings
from persistence.database import Database
from persistence.readers.entities import entities_by_id, entities_by_parent, is_visible
from persistence.readers.windows import is_one_of
from persistence.tables import memberships, users, workspaces


class PostgresPeopleReader:
    """Users, workspaces and who belongs to them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def visibility(self, viewer_id: UserId) -> Visibility:
        """What the user may see now."""
        rows = await self._database.fetch(
            select(memberships.c.workspace_id, memberships.c.role).where(
                memberships.c.user_id == viewer_id
            )
        )
        return Visibility(
            viewer_id=viewer_id, role_by_workspace_id={row.workspace_id: row.role for row in rows}
        )

    async def users(self, ids: Collection[UUID], scope: Visibility) -> Mapping[UUID, User]:
        """By id. Only the viewer and their colleagues keep their e-mail address."""
        mapping = mappings.USERS
        statement = mapping.select().add_columns(_is_colleague(scope).label("is_colleague"))
        rows = await self._database.fetch(statement.where(is_one_of(users.c.id, ids)))
        return {
            row.id: (
                mapping.entity(row)
                if row.is_colleague
                else replace(mapping.entity(row), email=None)
            )
            for row in rows
        }

    async def colleagues(self, ids: Collection[UUID], scope: Visibility) -> Mapping[UUID, User]:
        """By id, those who share a workspace with the viewer, and the viewer."""
        mapping = mappings.USERS
        rows = await self._database.fetch(
            mapping.select().where(is_one_of(users.c.id, ids), _is_colleague(scope))
        )
        return {row.id: mapping.entity(row) for row in rows}

    async def workspaces(
        self, ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Workspace]:
        """By id."""
        mapping = mappings.WORKSPACES
        visible = [i for i in ids if i in scope.role_by_workspace_id]
        rows = await self._database.fetch(
            mapping.select().where(is_one_of(workspaces.c.id, visible))
        )
        return {row.id: mapping.entity(row) for row in rows}

    async def find_workspace(self, slug: str, scope: Visibility) -> Workspace | None:
        """By slug, or None."""
        mapping = mappings.WORKSPACES
        rows = await self._database.fetch(
            mapping.select().where(workspaces.c.slug == slug, is_visible(workspaces.c.id, scope))
        )
        return mapping.entity(rows[0]) if rows else None

    async def memberships(
        self, ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Membership]:
        """By id."""
        return await entities_by_id(self._database, mappings.MEMBERSHIPS, ids, scope)

    async def memberships_of_workspaces(
        self, workspace_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Sequence[Membership]]:
        """By workspace, in the order they joined."""
        mapping = mappings.MEMBERSHIPS
        parent = memberships.c.workspace_id
        statement = (
            mapping.select()
            .where(is_one_of(parent, workspace_ids), is_visible(parent, scope))
            .order_by(memberships.c.created_at, memberships.c.id)
        )
        return await entities_by_parent(self._database, mapping, statement, parent)


def _is_colleague(scope: Visibility) -> ColumnElement[bool]:
    shares_workspace = exists().where(
        memberships.c.user_id == users.c.id, is_visible(memberships.c.workspace_id, scope)
    )
    return or_(users.c.id == scope.viewer_id, shares_workspace)
