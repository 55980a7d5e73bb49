"""The first board to look at: rate, errors and duration of the web service, and its budgets."""

from typing import Final

from infra.deploy.observability.grafana.panels import (
    CHOSEN,
    HALF,
    IN_ENVIRONMENT,
    QUARTER,
    Board,
    Limits,
    Panel,
    Query,
    Row,
    quantile,
    rate,
)

_LASTING: Final = f'{CHOSEN}, type!="subscription"'

_AT_A_GLANCE: Final = Row(
    title="At a glance",
    panels=[
        Panel(
            title="Instances up",
            description="The share of Taskwire's processes that answer their scrape.",
            unit="percentunit",
            queries=[
                Query(
                    expr=f'avg by (job) (up{{{IN_ENVIRONMENT}, job=~"taskwire-.+"}})',
                    legend="{{job}}",
                )
            ],
            alerts=["ServiceDown", "InstanceDown"],
            limits=Limits(warning=1, critical=0.5, is_floor=True),
            width=HALF,
            is_number=True,
        ),
        Panel(
            title="Error budget left, of 30 days",
            description="1 is untouched; below 0 the objective of docs/slo.md is missed.",
            unit="percentunit",
            queries=[
                Query(
                    expr=f"taskwire:slo_budget_remaining:ratio{{{IN_ENVIRONMENT}}}",
                    legend="{{slo}}",
                )
            ],
            alerts=["SloBurnFast", "SloBurnSlow"],
            limits=Limits(warning=0.5, critical=0.1, is_floor=True),
            width=HALF,
            is_number=True,
        ),
        Panel(
            title="Requests",
            description="HTTP requests a second.",
            unit="reqps",
            queries=[
                Query(
                    expr=f"environment:taskwire_http_requests:rate5m{{{IN_ENVIRONMENT}}}",
                    legend="{{environment}}",
                )
            ],
            alerts=["RequestRateAnomaly"],
            width=QUARTER,
            is_number=True,
        ),
        Panel(
            title="Failed requests",
            description="The share of HTTP requests answered with a status from 500 up.",
            unit="percentunit",
            queries=[
                Query(
                    expr=f"environment:taskwire_http_errors:ratio_rate5m{{{IN_ENVIRONMENT}}}",
                    legend="{{environment}}",
                )
            ],
            alerts=["HighErrorRate"],
            limits=Limits(warning=0.01, critical=0.1),
            width=QUARTER,
            is_number=True,
        ),
        Panel(
            title="Failed operations",
            description="The share of GraphQL operations that ended with a server error.",
            unit="percentunit",
            queries=[
                Query(
                    expr=f"environment:taskwire_graphql_server_errors:ratio_rate5m{{{IN_ENVIRONMENT}}}",
                    legend="{{environment}}",
                )
            ],
            alerts=["GraphqlErrorRateHigh"],
            limits=Limits(warning=0.01, critical=0.1),
            width=QUARTER,
            is_number=True,
        ),
        Panel(
            title="Duration, 95th percentile",
            description="Of queries and mutations.",
            unit="s",
            queries=[
                Query(
                    expr=f"environment:taskwire_graphql_operation_seconds:p95_rate5m{{{IN_ENVIRONMENT}}}",
                    legend="{{environment}}",
                )
            ],
            alerts=["HighLatency", "LatencyAnomaly"],
            limits=Limits(warning=0.5, critical=2),
            width=QUARTER,
            is_number=True,
        ),
    ],
)

_RATE: Final = Row(
    title="Rate and errors",
    panels=[
        Panel(
            title="Requests by status",
            description="HTTP requests a second, by status code.",
            unit="reqps",
            queries=[
                Query(expr=rate("taskwire_http_requests_total", "status"), legend="{{status}}")
            ],
            alerts=["HighErrorRate"],
            is_stacked=True,
        ),
        Panel(
            title="Operations by name",
            description="GraphQL operations a second. Names beyond the known ones are `other`.",
            unit="ops",
            queries=[
                Query(
                    expr=f"topk(10, {rate('taskwire_graphql_operations_total', 'operation')})",
                    legend="{{operation}}",
                )
            ],
        ),
        Panel(
            title="Operations by outcome",
            description="user_error is data in a payload; server_error is a fault of ours.",
            unit="ops",
            queries=[
                Query(
                    expr=rate("taskwire_graphql_operations_total", "outcome"), legend="{{outcome}}"
                )
            ],
            alerts=["GraphqlErrorRateHigh"],
            is_stacked=True,
        ),
        Panel(
            title="Errors by code",
            description="GraphQL errors a second, by their code.",
            unit="ops",
            queries=[Query(expr=rate("taskwire_graphql_errors_total", "code"), legend="{{code}}")],
        ),
        Panel(
            title="Requests refused by rate limits",
            description="By the limit that refused them.",
            unit="reqps",
            queries=[Query(expr=rate("taskwire_rate_limited_total", "limit"), legend="{{limit}}")],
        ),
        Panel(
            title="Request rate and its usual band",
            description="The band is what the same hour of the last four weeks allows.",
            unit="reqps",
            queries=[
                Query(
                    expr=f'taskwire:signal:value{{signal="request_rate", {IN_ENVIRONMENT}}}',
                    legend="now",
                ),
                Query(
                    expr=f'taskwire:signal:lower_band{{signal="request_rate", {IN_ENVIRONMENT}}}',
                    legend="lower",
                ),
                Query(
                    expr=f'taskwire:signal:upper_band{{signal="request_rate", {IN_ENVIRONMENT}}}',
                    legend="upper",
                ),
            ],
            alerts=["RequestRateAnomaly"],
        ),
    ],
)

_DURATION: Final = Row(
    title="Duration",
    panels=[
        Panel(
            title="Queries and mutations",
            description="From the request to the end of the answer.",
            unit="s",
            queries=[
                Query(
                    expr=quantile(share, "taskwire_graphql_operation_seconds", selector=_LASTING),
                    legend=f"{share:.0%}",
                )
                for share in (0.5, 0.95, 0.99)
            ],
            alerts=["HighLatency"],
            limits=Limits(warning=0.5, critical=2),
        ),
        Panel(
            title="Slowest operations, 95th percentile",
            description="The five slowest by name.",
            unit="s",
            queries=[
                Query(
                    expr="topk(5, "
                    + quantile(
                        0.95, "taskwire_graphql_operation_seconds", "operation", selector=_LASTING
                    )
                    + ")",
                    legend="{{operation}}",
                )
            ],
            alerts=["HighLatency"],
        ),
        Panel(
            title="HTTP by route, 95th percentile",
            description="Streams last as long as their readers stay.",
            unit="s",
            queries=[
                Query(
                    expr=quantile(0.95, "taskwire_http_request_seconds", "route"),
                    legend="{{route}}",
                )
            ],
        ),
    ],
)

_SATURATION: Final = Row(
    title="Engine and processes",
    panels=[
        Panel(
            title="Plan cache",
            description="Operations that found their plan, and those that were compiled.",
            unit="ops",
            queries=[
                Query(
                    expr=rate("taskwire_graphql_plan_cache_total", "outcome"), legend="{{outcome}}"
                )
            ],
        ),
        Panel(
            title="Documents kept",
            description="Compiled documents in the cache of each process.",
            unit="short",
            queries=[
                Query(expr=f"taskwire_graphql_documents_cached{{{CHOSEN}}}", legend="{{instance}}")
            ],
        ),
        Panel(
            title="Board snapshots",
            description="Served from the cache, shared between readers, or made anew.",
            unit="ops",
            queries=[
                Query(
                    expr=rate("taskwire_snapshot_requests_total", "outcome"), legend="{{outcome}}"
                )
            ],
        ),
        Panel(
            title="Event-loop lag, 99th percentile",
            description="How long a turn waits. Everything in the process waits with it.",
            unit="s",
            queries=[
                Query(
                    expr=quantile(0.99, "taskwire_event_loop_lag_seconds", "job, instance"),
                    legend="{{job}} {{instance}}",
                )
            ],
            alerts=["EventLoopBlocked"],
            limits=Limits(warning=0.1, critical=0.25),
        ),
        Panel(
            title="CPU by process",
            description="Cores in use. A process without workers has one.",
            unit="short",
            queries=[
                Query(
                    expr=rate("process_cpu_seconds_total", "job, instance", 'job=~"taskwire-.+"'),
                    legend="{{job}} {{instance}}",
                )
            ],
            alerts=["ContainerCpuHigh"],
        ),
        Panel(
            title="Memory by process",
            description="Resident memory.",
            unit="bytes",
            queries=[
                Query(
                    expr=f'process_resident_memory_bytes{{{CHOSEN}, job=~"taskwire-.+"}}',
                    legend="{{job}} {{instance}}",
                )
            ],
            alerts=["ContainerMemoryHigh"],
        ),
        Panel(
            title="File descriptors",
            description="The share in use; each socket takes one.",
            unit="percentunit",
            queries=[
                Query(
                    expr=f"instance:process_fds:used_ratio{{{CHOSEN}}}",
                    legend="{{job}} {{instance}}",
                )
            ],
            alerts=["FileDescriptorsHigh"],
            limits=Limits(warning=0.7, critical=0.9),
        ),
        Panel(
            title="Dependencies",
            description="1 while a process reaches Postgres, Redis and Kafka.",
            unit="short",
            queries=[
                Query(
                    expr=f"min by (job, dependency) (taskwire_dependency_up{{{CHOSEN}}})",
                    legend="{{job}} {{dependency}}",
                )
            ],
            alerts=["DependencyDown", "DependencyUnreachableFromInstance"],
        ),
        Panel(
            title="Log",
            description="Warnings and errors, and lines that could not be written.",
            unit="short",
            queries=[
                Query(expr=rate("taskwire_log_lines_total", "level"), legend="{{level}}"),
                Query(expr=rate("taskwire_log_lines_lost_total", "job"), legend="lost {{job}}"),
            ],
            alerts=["LogLinesLost"],
        ),
        Panel(
            title="Versions",
            description="Processes by the version they run.",
            unit="short",
            queries=[
                Query(
                    expr=f"count by (version) (taskwire_build_info{{{CHOSEN}}})",
                    legend="{{version}}",
                )
            ],
            alerts=["SeveralVersionsRunning", "DeploymentFailed"],
            is_stacked=True,
        ),
    ],
)

BOARD: Final = Board(
    uid="taskwire-service-overview",
    title="Taskwire / Service overview",
    description="Rate, errors and duration of requests, and what the processes use.",
    rows=[_AT_A_GLANCE, _RATE, _DURATION, _SATURATION],
)
