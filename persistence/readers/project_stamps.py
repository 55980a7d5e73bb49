"""Stamps of projects: what changes whenever a board does."""

from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, Uuid, bindparam, cast, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from domain.access import Role
from domain.identifiers import UserId
from domain.reads import ProjectNamed, ProjectStamp
from persistence.compiled_statements import CompiledStatement
from persistence.read_pool import ReadPool
from persistence.tables import memberships, projects, workspaces

_VIEWERS: Final = memberships.alias("viewers")
_SEPARATOR: Final = literal("|")


async def find_stamp(
    reads: ReadPool, project: ProjectNamed, viewer_id: UserId, *, has_surroundings: bool
) -> ProjectStamp | None:
    """The project's stamp; None unless exactly one that the viewer may see is named."""
    statement = _statement(
        by_id=project.id is not None,
        has_slug=project.workspace_slug is not None,
        has_surroundings=has_surroundings,
    )
    rows = await reads.fetch(
        statement,
        {
            "project_id": project.id,
            "key": project.key,
            "workspace_slug": project.workspace_slug,
            "viewer_id": viewer_id,
        },
    )
    if len(rows) != 1:
        return None
    [(project_id, event_seq, role, surroundings)] = rows
    return ProjectStamp(
        project_id=project_id, event_seq=event_seq, role=Role(role), surroundings=surroundings
    )


@cache
def _statement(*, by_id: bool, has_slug: bool, has_surroundings: bool) -> CompiledStatement:
    named = projects.c.key == bindparam("key", type_=Text)
    if by_id:
        named = projects.c.id == bindparam("project_id", type_=Uuid)
    elif has_slug:
        named &= workspaces.c.slug == bindparam("workspace_slug", type_=Text)
    surroundings: ColumnElement[Any] = _surroundings() if has_surroundings else literal("")
    return CompiledStatement(
        select(projects.c.id, projects.c.event_seq, _VIEWERS.c.role, surroundings)
        .join(_VIEWERS, _VIEWERS.c.workspace_id == projects.c.workspace_id)
        .join(workspaces, workspaces.c.id == projects.c.workspace_id)
        .where(named, _VIEWERS.c.user_id == bindparam("viewer_id", type_=Uuid))
    )


def _surroundings() -> ColumnElement[Any]:
    """A digest of the workspace and of everybody's role in it."""
    member = func.concat_ws(
        _SEPARATOR,
        cast(memberships.c.user_id, Text),
        memberships.c.role,
        cast(memberships.c.updated_at, Text),
    )
    members = (
        select(func.string_agg(member, aggregate_order_by(_SEPARATOR, memberships.c.id)))
        .where(memberships.c.workspace_id == projects.c.workspace_id)
        .correlate(projects)
        .scalar_subquery()
    )
    return func.md5(
        func.concat_ws(
            _SEPARATOR,
            workspaces.c.slug,
            workspaces.c.name,
            cast(workspaces.c.version, Text),
            cast(workspaces.c.updated_at, Text),
            members,
        )
    )
