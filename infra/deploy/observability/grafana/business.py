"""What people do with Taskwire. The worker reads it from Postgres once a minute."""

from typing import Final

from infra.deploy.observability.grafana.panels import (
    IN_ENVIRONMENT,
    QUARTER,
    Board,
    Limits,
    Panel,
    Query,
    Row,
)


def _hourly(metric: str) -> str:
    return f"sum(increase({metric}{{{IN_ENVIRONMENT}}}[1h]))"


def _number(title: str, description: str, unit: str, expr: str) -> Panel:
    return Panel(
        title=title,
        description=description,
        unit=unit,
        queries=[Query(expr=expr, legend=title)],
        width=QUARTER,
        is_number=True,
    )


_NOW: Final = Row(
    title="Now",
    panels=[
        _number(
            "Active today",
            "People who changed something within a day.",
            "short",
            f'max(taskwire_active_users{{{IN_ENVIRONMENT}, window="day"}})',
        ),
        _number(
            "Active this week",
            "People who changed something within seven days.",
            "short",
            f'max(taskwire_active_users{{{IN_ENVIRONMENT}, window="week"}})',
        ),
        _number(
            "Open tasks",
            "Neither done, canceled nor archived.",
            "short",
            f"max(taskwire_tasks_open{{{IN_ENVIRONMENT}}})",
        ),
        _number(
            "Completion",
            "Done tasks among all that are not canceled or archived.",
            "percentunit",
            f"max(taskwire_task_completion_ratio{{{IN_ENVIRONMENT}}})",
        ),
    ],
)

_FLOW: Final = Row(
    title="Flow",
    panels=[
        Panel(
            title="Tasks made and done",
            description="Within the last hour.",
            unit="short",
            queries=[
                Query(expr=_hourly("taskwire_tasks_created_total"), legend="made"),
                Query(expr=_hourly("taskwire_tasks_completed_total"), legend="done"),
            ],
        ),
        Panel(
            title="Done, and the usual band",
            description="The band is what the same hour of the last four weeks allows.",
            unit="short",
            queries=[
                Query(
                    expr=f'taskwire:signal:value{{signal="completions", {IN_ENVIRONMENT}}}',
                    legend="now",
                ),
                Query(
                    expr=f'taskwire:signal:lower_band{{signal="completions", {IN_ENVIRONMENT}}}',
                    legend="lower",
                ),
                Query(
                    expr=f'taskwire:signal:upper_band{{signal="completions", {IN_ENVIRONMENT}}}',
                    legend="upper",
                ),
            ],
            alerts=["CompletionsAnomaly"],
        ),
        Panel(
            title="Comments",
            description="Within the last hour.",
            unit="short",
            queries=[Query(expr=_hourly("taskwire_comments_created_total"), legend="comments")],
        ),
    ],
)

_PROJECTS: Final = Row(
    title="Projects",
    panels=[
        Panel(
            title="Progress",
            description="Done tasks among those that count, in the projects with most changes.",
            unit="percentunit",
            queries=[
                Query(
                    expr="max by (workspace, project) "
                    f"(taskwire_project_progress_ratio{{{IN_ENVIRONMENT}}})",
                    legend="{{workspace}} / {{project}}",
                )
            ],
            width=24,
        ),
        Panel(
            title="Jobs of the worker",
            description="Runs by job and outcome within the last hour.",
            unit="short",
            queries=[
                # The metric's own label `job` is `exported_job` beside Prometheus's.
                Query(
                    expr="sum by (exported_job, outcome) "
                    f"(increase(taskwire_worker_runs_total{{{IN_ENVIRONMENT}}}[1h]))",
                    legend="{{exported_job}} {{outcome}}",
                )
            ],
            alerts=["WorkerStalled"],
            width=12,
        ),
        Panel(
            title="Duration of the worker's jobs, 95th percentile",
            description="A round may take 45 s.",
            unit="s",
            queries=[
                Query(
                    expr="histogram_quantile(0.95, sum by (exported_job, le) "
                    f"(rate(taskwire_worker_run_seconds_bucket{{{IN_ENVIRONMENT}}}[1h])))",
                    legend="{{exported_job}}",
                )
            ],
            limits=Limits(warning=20, critical=45),
            width=12,
        ),
    ],
)

BOARD: Final = Board(
    uid="taskwire-business",
    title="Taskwire / Business",
    description="People, tasks and projects.",
    rows=[_NOW, _FLOW, _PROJECTS],
)
