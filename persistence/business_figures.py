"""How Taskwire is used, over all tenants: numbers for its operator, of no one's content.

Cheap enough for once a minute and once in some minutes; each is one statement over an index, or
over the tasks once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, bindparam, case, desc, func, select
from sqlalchemy import text as sql_text
from sqlalchemy.types import DateTime

from domain.events import ProjectEventKind
from persistence.database import Database
from persistence.tables import project_events, projects, tasks, workspaces

PROJECTS_MAX: Final = 50
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)

_NOW: Final = bindparam("now", type_=DateTime(timezone=True))
_COMPLETED: Final = sql_text(
    "jsonb_path_exists(project_events.changes, "
    """'$[*] ? (@.field == "completedAt" && @.before == null && @.after != null)')"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeCounts:
    """What happened within a span of time."""

    tasks_created: int
    tasks_completed: int
    comments_created: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectProgress:
    """One project, by its slug and key, and the share of its tasks that is done."""

    workspace: str
    project: str
    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessFigures:
    """How things stand."""

    active_users_of_day: int
    active_users_of_week: int
    tasks_open: int
    task_completion_ratio: float
    # Those with the most changes within a week.
    projects: Sequence[ProjectProgress]


_CHANGES: Final = select(
    func.count().filter(project_events.c.kind == ProjectEventKind.TASK_CREATED).label("created"),
    func.count().filter(_COMPLETED).label("completed"),
    func.count()
    .filter(project_events.c.kind == ProjectEventKind.COMMENT_CREATED)
    .label("comments"),
).where(
    project_events.c.occurred_at > bindparam("after", type_=DateTime(timezone=True)),
    project_events.c.occurred_at <= bindparam("until", type_=DateTime(timezone=True)),
)
_ACTIVE_USERS: Final = select(
    func.count(
        case((project_events.c.occurred_at > _NOW - _DAY, project_events.c.actor_id)).distinct()
    ).label("day"),
    func.count(project_events.c.actor_id.distinct()).label("week"),
).where(project_events.c.occurred_at > _NOW - _WEEK)

_COUNTS: Final = and_(tasks.c.canceled_at.is_(None), tasks.c.archived_at.is_(None))
_DONE: Final = tasks.c.completed_at.is_not(None)
_TASKS: Final = select(func.count().label("all"), func.count().filter(_DONE).label("done")).where(
    _COUNTS
)

_BUSIEST: Final = (
    select(project_events.c.project_id, func.count().label("changes"))
    .where(project_events.c.occurred_at > _NOW - _WEEK)
    .group_by(project_events.c.project_id)
    .order_by(desc("changes"), project_events.c.project_id)
    .limit(PROJECTS_MAX)
    .subquery()
)
_PROGRESS: Final = (
    select(
        workspaces.c.slug,
        projects.c.key,
        func.count().label("all"),
        func.count().filter(_DONE).label("done"),
    )
    .select_from(_BUSIEST)
    .join(projects, projects.c.id == _BUSIEST.c.project_id)
    .join(workspaces, workspaces.c.id == projects.c.workspace_id)
    .join(tasks, tasks.c.project_id == projects.c.id)
    .where(_COUNTS)
    .group_by(workspaces.c.slug, projects.c.key)
)


class BusinessReader:
    """Reads the figures. Raises Unavailable while Postgres can't be reached."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def changes(self, *, after: datetime, until: datetime) -> ChangeCounts:
        """What happened after the one instant and not after the other."""
        [row] = await self._database.fetch(_CHANGES, {"after": after, "until": until})
        return ChangeCounts(
            tasks_created=row.created, tasks_completed=row.completed, comments_created=row.comments
        )

    async def figures(self, now: datetime) -> BusinessFigures:
        """How things stand at the instant."""
        [active] = await self._database.fetch(_ACTIVE_USERS, {"now": now})
        [counted] = await self._database.fetch(_TASKS)
        progress = await self._database.fetch(_PROGRESS, {"now": now})
        return BusinessFigures(
            active_users_of_day=active.day,
            active_users_of_week=active.week,
            tasks_open=counted.all - counted.done,
            task_completion_ratio=counted.done / counted.all if counted.all else 0.0,
            projects=[
                ProjectProgress(workspace=row.slug, project=row.key, ratio=row.done / row.all)
                for row in progress
            ],
        )
