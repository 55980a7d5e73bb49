"""Metrics of how Taskwire is used, kept up to date by the worker."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from domain.errors import Unavailable
from domain.ports import Clock
from infra.metrics import (
    ACTIVE_USERS,
    COMMENTS_CREATED,
    PROJECT_PROGRESS_RATIO,
    TASK_COMPLETION_RATIO,
    TASKS_COMPLETED,
    TASKS_CREATED,
    TASKS_OPEN,
)
from infra.telemetry.job_runs import expect_runs, measured_run
from persistence.business_figures import BusinessReader, ProjectProgress

_LOG = logging.getLogger(__name__)

JOB: Final = "business_metrics"
_ROUND_SECONDS: Final = 60.0
# Counting a week of events and all tasks takes longer than counting a minute of events.
_ROUNDS_BETWEEN_FIGURES: Final = 5
# An event's time is that of its command, which commits some time after: no statement may run
# for longer than this.
_COMMIT_DELAY: Final = timedelta(seconds=30)


class BusinessMetrics:
    """Counts what happens from its start on, and sets what stands.

    Every worker tells the same of its own; dashboards take the highest.
    """

    def __init__(self, reader: BusinessReader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock
        self._counted_until = clock.now() - _COMMIT_DELAY
        self._told_projects: set[tuple[str, str]] = set()
        self._round = 0

    async def run(self) -> None:
        """Work once a minute until cancelled."""
        expect_runs(JOB)
        while True:
            try:
                with measured_run(JOB):
                    await self.update()
            except Unavailable as error:
                _LOG.warning("business metrics wait for the next round: %s", error)
            await asyncio.sleep(_ROUND_SECONDS)

    async def update(self) -> None:
        """Do one round; raise Unavailable while Postgres is away, which loses nothing."""
        now = self._clock.now()
        await self._count(until=now - _COMMIT_DELAY)
        if self._round % _ROUNDS_BETWEEN_FIGURES == 0:
            await self._set(now)
        self._round += 1

    async def _count(self, *, until: datetime) -> None:
        counts = await self._reader.changes(after=self._counted_until, until=until)
        self._counted_until = until
        TASKS_CREATED.inc(counts.tasks_created)
        TASKS_COMPLETED.inc(counts.tasks_completed)
        COMMENTS_CREATED.inc(counts.comments_created)

    async def _set(self, now: datetime) -> None:
        figures = await self._reader.figures(now)
        ACTIVE_USERS.labels("day").set(figures.active_users_of_day)
        ACTIVE_USERS.labels("week").set(figures.active_users_of_week)
        TASKS_OPEN.set(figures.tasks_open)
        TASK_COMPLETION_RATIO.set(figures.task_completion_ratio)
        self._set_progress(figures.projects)

    def _set_progress(self, projects: Sequence[ProjectProgress]) -> None:
        told = {(project.workspace, project.project) for project in projects}
        for project in projects:
            PROJECT_PROGRESS_RATIO.labels(project.workspace, project.project).set(project.ratio)
        # Projects that are busy no longer make room for those that are.
        for workspace, key in self._told_projects - told:
            PROJECT_PROGRESS_RATIO.remove(workspace, key)
        self._told_projects = told
