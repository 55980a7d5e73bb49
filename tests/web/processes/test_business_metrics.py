from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

import pytest
from prometheus_client import REGISTRY

from domain.errors import Unavailable
from infra.telemetry.job_runs import measured_run
from persistence.business_figures import (
    BusinessFigures,
    BusinessReader,
    ChangeCounts,
    ProjectProgress,
)
from tests.web.harness import HandClock
from web.processes.business_metrics import BusinessMetrics

MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Figures:
    """A reader that finds what it is told, and remembers what it was asked."""

    projects: list[ProjectProgress] = field(default_factory=list)
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)
    is_away: bool = False

    async def changes(self, *, after: datetime, until: datetime) -> ChangeCounts:
        self.asked.append((after, until))
        if self.is_away:
            raise Unavailable("Postgres is away")
        return ChangeCounts(tasks_created=3, tasks_completed=2, comments_created=1)

    async def figures(self, now: datetime) -> BusinessFigures:  # noqa: ARG002 - the port's signature
        return BusinessFigures(
            active_users_of_day=4,
            active_users_of_week=9,
            tasks_open=17,
            task_completion_ratio=0.5,
            projects=self.projects,
        )


@pytest.fixture
def figures() -> Figures:
    return Figures()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def metrics(figures: Figures, clock: HandClock) -> BusinessMetrics:
    return BusinessMetrics(cast("BusinessReader", figures), clock)


def _value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


async def test_rounds_count_each_instant_once_even_when_one_fails(
    metrics: BusinessMetrics, figures: Figures, clock: HandClock
) -> None:
    before = _value("taskwire_tasks_created_total") or 0.0
    clock.forward(minutes=1)
    await metrics.update()
    figures.is_away = True
    clock.forward(minutes=1)
    with pytest.raises(Unavailable):
        await metrics.update()
    figures.is_away = False
    clock.forward(minutes=1)
    await metrics.update()
    (first, second), failed, (third, _) = figures.asked
    assert second - first == MINUTE
    assert failed == (second, second + MINUTE)
    assert third == second
    assert _value("taskwire_tasks_created_total") == before + 6


async def test_figures_are_set_and_projects_that_are_busy_no_longer_go(
    metrics: BusinessMetrics, figures: Figures, clock: HandClock
) -> None:
    figures.projects = [ProjectProgress(workspace="w", project="OLD", ratio=0.2)]
    await metrics.update()
    assert _value("taskwire_project_progress_ratio", workspace="w", project="OLD") == 0.2
    assert _value("taskwire_active_users", window="week") == 9
    assert _value("taskwire_tasks_open") == 17
    figures.projects = [ProjectProgress(workspace="w", project="NEW", ratio=0.7)]
    for _ in range(5):
        clock.forward(minutes=1)
        await metrics.update()
    assert _value("taskwire_project_progress_ratio", workspace="w", project="OLD") is None
    assert _value("taskwire_project_progress_ratio", workspace="w", project="NEW") == 0.7


def test_runs_are_counted_by_their_outcome() -> None:
    def runs(outcome: str) -> float:
        return _value("taskwire_worker_runs_total", job="test", outcome=outcome) or 0.0

    with measured_run("test"):
        pass
    with pytest.raises(ZeroDivisionError), measured_run("test"):
        raise ZeroDivisionError
    assert (runs("ok"), runs("failed")) == (1, 1)
    assert _value("taskwire_worker_run_seconds_count", job="test") == 2
