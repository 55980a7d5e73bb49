"""`domain.readers.PeopleReader` on Postgres."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, case, exists, or_, select

from domain.access import Role
from domain.entities import Membership, User, Workspace
from domain.identifiers import UserId
from domain.reads import Fields, Visibility
from persistence import mappings
from persistence.compiled_statements import CompiledStatement, is_one_of
from persistence.read_pool import ReadPool
from persistence.readers.entities import (
    ReadById,
    ReadByParent,
    entities_by_id,
    is_visible,
    keys_and_scope,
    visible,
)
from persistence.tables import memberships, users, workspaces

_IS_COLLEAGUE: Final = or_(
    users.c.id == bindparam("viewer_id", type_=Uuid),
    exists().where(memberships.c.user_id == users.c.id, is_visible(memberships.c.workspace_id)),
)

_VISIBILITY: Final = CompiledStatement(
    select(memberships.c.workspace_id, memberships.c.role).where(
        memberships.c.user_id == bindparam("viewer_id", type_=Uuid)
    )
)
_COLLEAGUES: Final = CompiledStatement(
    mappings.USERS.select().where(is_one_of(users.c.id, "ids"), _IS_COLLEAGUE)
)
_WORKSPACES: Final = CompiledStatement(
    mappings.WORKSPACES.select().where(is_one_of(workspaces.c.id, "ids"))
)
_WORKSPACE_WITH_SLUG: Final = CompiledStatement(
    mappings.WORKSPACES.select().where(
        workspaces.c.slug == bindparam("slug", type_=workspaces.c.slug.type),
        is_visible(workspaces.c.id),
    )
)
_MEMBERSHIPS: Final = ReadById(mappings.MEMBERSHIPS)
_MEMBERSHIPS_OF_WORKSPACES: Final = ReadByParent(
    mappings.MEMBERSHIPS,
    mappings.MEMBERSHIPS.select()
    .where(is_visible(memberships.c.workspace_id))
    .order_by(memberships.c.created_at, memberships.c.id),
    memberships.c.workspace_id,
)


class PostgresPeopleReader:
    """Users, workspaces and who belongs to them."""

    def __init__(self, reads: ReadPool) -> None:
        self._reads = reads

    async def visibility(self, viewer_id: UserId) -> Visibility:
        """What the user may see now."""
        rows = await self._reads.fetch(_VISIBILITY, {"viewer_id": viewer_id})
        return Visibility(
            viewer_id=viewer_id,
            role_by_workspace_id={workspace_id: Role(role) for workspace_id, role in rows},
        )

    async def users(
        self, ids: Collection[UUID], scope: Visibility, *, fields: Fields = None
    ) -> Mapping[UUID, User]:
        """By id. Only the viewer and their colleagues keep their e-mail address."""
        names, read = _users(fields)
        parameters = {"viewer_id": scope.viewer_id, **keys_and_scope(ids, scope)}
        return entities_by_id(mappings.USERS, await self._reads.fetch(read, parameters), names)

    async def colleagues(self, ids: Collection[UUID], scope: Visibility) -> Mapping[UUID, User]:
        """By id, those who share a workspace with the viewer, and the viewer."""
        parameters = {"viewer_id": scope.viewer_id, **keys_and_scope(ids, scope)}
        return entities_by_id(mappings.USERS, await self._reads.fetch(_COLLEAGUES, parameters))

    async def workspaces(
        self, ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Workspace]:
        """By id."""
        visible_ids = [i for i in ids if i in scope.role_by_workspace_id]
        rows = await self._reads.fetch(_WORKSPACES, {"ids": visible_ids})
        return entities_by_id(mappings.WORKSPACES, rows)

    async def find_workspace(self, slug: str, scope: Visibility) -> Workspace | None:
        """By slug, or None."""
        rows = await self._reads.fetch(_WORKSPACE_WITH_SLUG, {"slug": slug, **visible(scope)})
        return next(iter(mappings.WORKSPACES.entities(rows)), None)

    async def memberships(
        self, ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Membership]:
        """By id."""
        return await _MEMBERSHIPS.run(self._reads, ids, scope)

    async def memberships_of_workspaces(
        self, workspace_ids: Collection[UUID], scope: Visibility
    ) -> Mapping[UUID, Sequence[Membership]]:
        """By workspace, in the order they joined."""
        return await _MEMBERSHIPS_OF_WORKSPACES.run(self._reads, workspace_ids, scope)


@lru_cache(maxsize=64)
def _users(fields: Fields) -> tuple[tuple[str, ...], CompiledStatement]:
    names = mappings.USERS.names_among(fields)
    shown = {"email": case((_IS_COLLEAGUE, users.c.email))}
    statement = select(*(shown.get(name, users.c[name]) for name in names))
    return names, CompiledStatement(statement.where(is_one_of(users.c.id, "ids")))
