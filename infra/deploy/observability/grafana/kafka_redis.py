"""Kafka and Redis, as the processes and the exporters see them."""

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


def _per_instance(expr: str, name: str = "") -> Query:
    return Query(expr=expr, legend=f"{name} {{{{instance}}}}".strip())


def _server_rate(metric: str) -> str:
    return f"sum by (instance) (rate({metric}{{{IN_ENVIRONMENT}}}[{RATE}]))"


_KAFKA: Final = Row(
    title="Kafka",
    panels=[
        Panel(
            title="Kafka within reach",
            description="1 while a process reaches a broker.",
            unit="short",
            queries=[
                Query(
                    expr=f'min by (job) (taskwire_dependency_up{{{CHOSEN}, dependency="kafka"}})',
                    legend="{{job}}",
                )
            ],
            alerts=["DependencyDown"],
            limits=Limits(warning=1, critical=1, is_floor=True),
        ),
        Panel(
            title="Time to acknowledge a batch",
            description="From the relay's send to the brokers' acknowledgement.",
            unit="s",
            queries=[
                Query(expr=quantile(share, "taskwire_relay_produce_seconds"), legend=f"{share:.0%}")
                for share in (0.5, 0.95, 0.99)
            ],
            alerts=["OutboxLagSeconds", "RelayFailures"],
        ),
        Panel(
            title="Consumer lag",
            description="Events between the end of the topic and what a group has read.",
            unit="short",
            queries=[
                Query(
                    expr=f"environment_group:taskwire_consumer_lag_events:sum{{{IN_ENVIRONMENT}}}",
                    legend="{{group}}",
                )
            ],
            alerts=["ConsumerLag"],
            limits=Limits(warning=1000, critical=10000),
        ),
        Panel(
            title="Events in and out",
            description="What the relay sends and what the bridge publishes.",
            unit="ops",
            queries=[
                Query(expr=rate("taskwire_relay_events_total", "environment"), legend="relay"),
                Query(expr=rate("taskwire_bridge_events_total", "environment"), legend="bridge"),
            ],
        ),
        Panel(
            title="Under-replicated partitions",
            description="Partitions that miss a replica; one more loss can lose events in flight.",
            unit="short",
            queries=[
                Query(
                    expr="sum by (topic) (kafka_topic_partition_under_replicated_partition"
                    f"{{{IN_ENVIRONMENT}}})",
                    legend="{{topic}}",
                )
            ],
            limits=Limits(warning=1, critical=3),
        ),
        Panel(
            title="Lag as the brokers see it",
            description="By group, from its committed offsets. The bridge commits each second.",
            unit="short",
            queries=[
                Query(
                    expr=f"sum by (consumergroup) (kafka_consumergroup_lag{{{IN_ENVIRONMENT}}})",
                    legend="{{consumergroup}}",
                )
            ],
            alerts=["ConsumerLag"],
        ),
    ],
)

_REDIS: Final = Row(
    title="Redis",
    panels=[
        Panel(
            title="Redis within reach",
            description="1 while a process reaches it.",
            unit="short",
            queries=[
                Query(
                    expr=f'min by (job) (taskwire_dependency_up{{{CHOSEN}, dependency="redis"}})',
                    legend="{{job}}",
                )
            ],
            alerts=["DependencyDown"],
            limits=Limits(warning=1, critical=1, is_floor=True),
        ),
        Panel(
            title="Memory",
            description="The share of maxmemory.",
            unit="percentunit",
            queries=[_per_instance(f"instance:redis_memory:used_ratio{{{IN_ENVIRONMENT}}}")],
            alerts=["RedisMemoryHigh"],
            limits=Limits(warning=0.7, critical=0.9),
        ),
        Panel(
            title="Clients",
            description="Connected clients, and those that wait in a blocking command.",
            unit="short",
            queries=[
                _per_instance(f"redis_connected_clients{{{IN_ENVIRONMENT}}}", "connected"),
                _per_instance(f"redis_blocked_clients{{{IN_ENVIRONMENT}}}", "blocked"),
            ],
        ),
        Panel(
            title="Commands",
            description="Commands each second.",
            unit="ops",
            queries=[_per_instance(_server_rate("redis_commands_processed_total"))],
        ),
        Panel(
            title="Pub/sub channels",
            description="One for each project that a process follows.",
            unit="short",
            queries=[_per_instance(f"redis_pubsub_channels{{{IN_ENVIRONMENT}}}")],
        ),
        Panel(
            title="Evicted keys",
            description="Cached snapshots and documents may go; presence and limits must not.",
            unit="ops",
            queries=[_per_instance(_server_rate("redis_evicted_keys_total"))],
            alerts=["RedisMemoryHigh"],
        ),
        Panel(
            title="Through the bridge, 95th percentile",
            description="From a change to its publication on Redis.",
            unit="s",
            queries=[
                Query(
                    expr=quantile(0.95, "taskwire_bridge_latency_seconds", "instance"),
                    legend="{{instance}}",
                )
            ],
            alerts=["LiveDeliverySlow"],
        ),
        Panel(
            title="Events given up",
            description="Redis did not take them within 2 s; boards get them from the log.",
            unit="ops",
            queries=[
                Query(
                    expr=rate("taskwire_bridge_skipped_events_total", "instance"),
                    legend="{{instance}}",
                )
            ],
            alerts=["BridgeSkipsEvents"],
        ),
    ],
)

BOARD: Final = Board(
    uid="taskwire-kafka-redis",
    title="Taskwire / Kafka and Redis",
    description="What carries events, and how far it is behind.",
    rows=[_KAFKA, _REDIS],
)
