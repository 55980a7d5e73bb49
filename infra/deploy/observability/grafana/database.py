"""Postgres, as the application and as its exporter see it."""

from typing import Final

from infra.deploy.observability.grafana.panels import (
    CHOSEN,
    IN_ENVIRONMENT,
    RATE,
    Board,
    Limits,
    Panel,
    Query,
    Row,
    quantile,
    rate,
)

_DATABASE: Final = f'{IN_ENVIRONMENT}, datname=~"taskwire.*"'


def _database_rate(metric: str) -> str:
    return f"sum by (instance) (rate({metric}{{{_DATABASE}}}[{RATE}]))"


_APPLICATION: Final = Row(
    title="Seen by the application",
    panels=[
        Panel(
            title="Statements",
            description="Statements a second: reads, and those of units of work.",
            unit="ops",
            queries=[
                Query(
                    expr=rate("taskwire_sql_seconds_count", "statement_kind"),
                    legend="{{statement_kind}}",
                )
            ],
            is_stacked=True,
        ),
        Panel(
            title="Statement duration, 95th percentile",
            description="On the connection, without the wait for it.",
            unit="s",
            queries=[
                Query(
                    expr=quantile(0.95, "taskwire_sql_seconds", "statement_kind"),
                    legend="{{statement_kind}}",
                )
            ],
            alerts=["HighLatency"],
        ),
        Panel(
            title="Wait for a connection, 95th percentile",
            description="High waits with idle connections elsewhere tell of an uneven load.",
            unit="s",
            queries=[
                Query(
                    expr=quantile(0.95, "taskwire_sql_pool_wait_seconds", "job, instance"),
                    legend="{{job}} {{instance}}",
                )
            ],
            alerts=["DatabasePoolExhausted"],
            limits=Limits(warning=0.1, critical=0.5),
        ),
        Panel(
            title="Connections in the pools",
            description="Used and idle ones. They are made when needed, up to the pool's size.",
            unit="short",
            queries=[
                Query(
                    expr=f"sum by (job, state) (taskwire_sql_pool_connections{{{CHOSEN}}})",
                    legend="{{job}} {{state}}",
                )
            ],
            alerts=["DatabasePoolExhausted"],
        ),
        Panel(
            title="Keys per loader batch",
            description="The mean size. Near 1 a relation is not batched.",
            unit="short",
            queries=[
                Query(
                    expr=f"{rate('taskwire_loader_batch_size_sum', 'loader')}"
                    f" / {rate('taskwire_loader_batch_size_count', 'loader')}",
                    legend="{{loader}}",
                )
            ],
        ),
        Panel(
            title="Loader duration, 95th percentile",
            description="The ten slowest.",
            unit="s",
            queries=[
                Query(
                    expr=f"topk(10, {quantile(0.95, 'taskwire_loader_seconds', 'loader')})",
                    legend="{{loader}}",
                )
            ],
        ),
    ],
)

_SERVER: Final = Row(
    title="Seen by Postgres",
    panels=[
        Panel(
            title="Connections in use",
            description="The share of max_connections.",
            unit="percentunit",
            queries=[
                Query(
                    expr=f"instance:postgres_connections:used_ratio{{{IN_ENVIRONMENT}}}",
                    legend="{{instance}}",
                )
            ],
            alerts=["DatabaseConnectionsHigh"],
            limits=Limits(warning=0.7, critical=0.9),
        ),
        Panel(
            title="Connections by state",
            description="`idle in transaction` holds locks and keeps vacuum from its work.",
            unit="short",
            queries=[
                Query(
                    expr=f"sum by (state) (pg_stat_activity_count{{{_DATABASE}}})",
                    legend="{{state}}",
                )
            ],
            alerts=["DatabaseConnectionsHigh"],
            is_stacked=True,
        ),
        Panel(
            title="Longest transaction",
            description="A transaction that stays open blocks vacuum, and maybe writers.",
            unit="s",
            queries=[
                Query(
                    expr=f"max by (instance) (pg_stat_activity_max_tx_duration{{{_DATABASE}}})",
                    legend="{{instance}}",
                )
            ],
            limits=Limits(warning=30, critical=300),
        ),
        Panel(
            title="Transactions",
            description="Committed and rolled back each second.",
            unit="ops",
            queries=[
                Query(
                    expr=_database_rate("pg_stat_database_xact_commit"),
                    legend="commit {{instance}}",
                ),
                Query(
                    expr=_database_rate("pg_stat_database_xact_rollback"),
                    legend="rollback {{instance}}",
                ),
            ],
        ),
        Panel(
            title="Blocks found in memory",
            description="The share of blocks that did not come from disk.",
            unit="percentunit",
            queries=[
                Query(
                    expr=f"{_database_rate('pg_stat_database_blks_hit')} / "
                    f"({_database_rate('pg_stat_database_blks_hit')}"
                    f" + {_database_rate('pg_stat_database_blks_read')})",
                    legend="{{instance}}",
                )
            ],
            limits=Limits(warning=0.99, critical=0.9, is_floor=True),
        ),
        Panel(
            title="Deadlocks",
            description="Every command locks its project first, so there should be none.",
            unit="ops",
            queries=[
                Query(expr=_database_rate("pg_stat_database_deadlocks"), legend="{{instance}}")
            ],
        ),
        Panel(
            title="Size",
            description="Of the database on disk.",
            unit="bytes",
            queries=[
                Query(
                    expr=f"max by (instance) (pg_database_size_bytes{{{_DATABASE}}})",
                    legend="{{instance}}",
                )
            ],
            alerts=["NodeDiskHigh", "DiskFillsWithinDay"],
        ),
        Panel(
            title="Replication lag",
            description="How far a replica is behind its primary.",
            unit="s",
            queries=[
                Query(
                    expr=f"max by (instance) (pg_replication_lag_seconds{{{IN_ENVIRONMENT}}})",
                    legend="{{instance}}",
                )
            ],
            limits=Limits(warning=5, critical=30),
        ),
    ],
)

BOARD: Final = Board(
    uid="taskwire-database",
    title="Taskwire / Database",
    description="Statements, pools and loaders, and the server under them.",
    rows=[_APPLICATION, _SERVER],
)
