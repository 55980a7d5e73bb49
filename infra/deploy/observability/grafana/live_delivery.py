"""From the outbox to the open board."""

from typing import Final

from infra.deploy.observability.grafana.panels import (
    CHOSEN,
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


def _gauge(metric: str, by: str = "instance") -> Query:
    legend = " ".join(f"{{{{{label.strip()}}}}}" for label in by.split(","))
    return Query(expr=f"sum by ({by}) ({metric}{{{CHOSEN}}})", legend=legend)


_AT_A_GLANCE: Final = Row(
    title="At a glance",
    panels=[
        Panel(
            title="Delivery, 95th percentile",
            description="From a change to its delivery to the open boards.",
            unit="s",
            queries=[
                Query(
                    expr=f"environment:taskwire_live_latency_seconds:p95_rate5m{{{IN_ENVIRONMENT}}}",
                    legend="{{environment}}",
                )
            ],
            alerts=["LiveDeliverySlow"],
            limits=Limits(warning=1, critical=2),
            width=QUARTER,
            is_number=True,
        ),
        Panel(
            title="Oldest event in the outbox",
            description="How long it has waited for Kafka.",
            unit="s",
            queries=[
                Query(
                    expr=f"environment:taskwire_outbox_age_seconds:max{{{IN_ENVIRONMENT}}}",
                    legend="{{environment}}",
                )
            ],
            alerts=["OutboxLagSeconds"],
            limits=Limits(warning=10, critical=30),
            width=QUARTER,
            is_number=True,
        ),
        Panel(
            title="Active relays",
            description="They share the shards. At least one is needed.",
            unit="short",
            queries=[
                Query(
                    expr=f"environment:taskwire_relay_active:sum{{{IN_ENVIRONMENT}}}",
                    legend="{{environment}}",
                )
            ],
            alerts=["NoActiveRelay", "RelayShardsUnheld", "RelayShardsHeldTwice"],
            limits=Limits(warning=1, critical=1, is_floor=True),
            width=QUARTER,
            is_number=True,
        ),
        Panel(
            title="Open websockets",
            description="Of all chosen instances.",
            unit="short",
            queries=[_gauge("taskwire_websocket_connections", "environment")],
            width=QUARTER,
            is_number=True,
        ),
    ],
)

_READERS: Final = Row(
    title="Readers",
    panels=[
        Panel(
            title="Connections",
            description="Open websockets and event streams by instance.",
            unit="short",
            queries=[
                Query(
                    expr=f"sum by (instance) (taskwire_websocket_connections{{{CHOSEN}}})",
                    legend="websockets {{instance}}",
                ),
                Query(
                    expr=f"sum by (instance) (taskwire_sse_connections{{{CHOSEN}}})",
                    legend="event streams {{instance}}",
                ),
            ],
            alerts=["FileDescriptorsHigh"],
        ),
        Panel(
            title="Subscriptions by field",
            description="Running subscriptions of all instances.",
            unit="short",
            queries=[_gauge("taskwire_subscriptions", "field")],
            is_stacked=True,
        ),
        Panel(
            title="Groups, feeds and followers",
            description="A group is executed once per event; a feed follows one project.",
            unit="short",
            queries=[
                Query(expr=f"sum(taskwire_subscription_groups{{{CHOSEN}}})", legend="groups"),
                Query(expr=f"sum(taskwire_live_feeds{{{CHOSEN}}})", legend="feeds"),
                Query(expr=f"sum(taskwire_live_followers{{{CHOSEN}}})", legend="followers"),
            ],
        ),
        Panel(
            title="Present members",
            description="People who have a board open.",
            unit="short",
            queries=[_gauge("taskwire_presence_members")],
        ),
        Panel(
            title="Websockets closed by the server",
            description="By close code. 4408 and 4409 tell of slow or double clients.",
            unit="ops",
            queries=[
                Query(expr=rate("taskwire_websocket_closes_total", "code"), legend="{{code}}")
            ],
        ),
        Panel(
            title="Queued messages",
            description="What waits for readers. Queues are bounded; beyond, a reader starts anew.",
            unit="short",
            queries=[_gauge("taskwire_live_queued_messages")],
            alerts=["ResyncStorm"],
        ),
    ],
)

_DELIVERY: Final = Row(
    title="Delivery",
    panels=[
        Panel(
            title="Deliveries",
            description="Events handed to followers each second.",
            unit="ops",
            queries=[
                Query(
                    expr=rate("taskwire_live_deliveries_total", "instance"), legend="{{instance}}"
                )
            ],
        ),
        Panel(
            title="From change to delivery",
            description="By the clocks of two machines.",
            unit="s",
            queries=[
                Query(expr=quantile(share, "taskwire_live_latency_seconds"), legend=f"{share:.0%}")
                for share in (0.5, 0.95, 0.99)
            ],
            alerts=["LiveDeliverySlow"],
            limits=Limits(warning=1, critical=2),
        ),
        Panel(
            title="Gaps filled from the log",
            description="A gap that the watchdog notices was lost in silence.",
            unit="ops",
            queries=[
                Query(expr=rate("taskwire_live_gaps_total", "noticed_by"), legend="{{noticed_by}}")
            ],
            alerts=["DeliveryGapHealed"],
        ),
        Panel(
            title="Readers told to load again",
            description="By reason.",
            unit="ops",
            queries=[
                Query(expr=rate("taskwire_live_resyncs_total", "reason"), legend="{{reason}}")
            ],
            alerts=["ResyncStorm"],
        ),
        Panel(
            title="Pub/sub connections replaced",
            description="By web instance.",
            unit="ops",
            queries=[
                Query(
                    expr=rate("taskwire_pubsub_reconnects_total", "instance"), legend="{{instance}}"
                )
            ],
            alerts=["PubsubReconnecting"],
        ),
        Panel(
            title="Through the bridge",
            description="From the change to its publication on Redis.",
            unit="s",
            queries=[
                Query(
                    expr=quantile(share, "taskwire_bridge_latency_seconds"), legend=f"{share:.0%}"
                )
                for share in (0.5, 0.95, 0.99)
            ],
        ),
    ],
)

_OUTBOX: Final = Row(
    title="Outbox and relay",
    panels=[
        Panel(
            title="Events that wait",
            description="Committed and not on Kafka yet.",
            unit="short",
            queries=[
                Query(
                    expr=f"environment:taskwire_outbox_events:max{{{IN_ENVIRONMENT}}}",
                    legend="{{environment}}",
                )
            ],
            alerts=["OutboxLagEvents"],
            limits=Limits(warning=1000, critical=10000),
        ),
        Panel(
            title="Relay",
            description="Events that Kafka acknowledged, and batches it did not take whole.",
            unit="ops",
            queries=[
                Query(expr=rate("taskwire_relay_events_total", "environment"), legend="events"),
                Query(expr=rate("taskwire_relay_failures_total", "environment"), legend="failures"),
            ],
            alerts=["RelayFailures"],
        ),
        Panel(
            title="Bridge",
            description="Events published to Redis, and those given up after 2 s.",
            unit="ops",
            queries=[
                Query(expr=rate("taskwire_bridge_events_total", "environment"), legend="published"),
                Query(
                    expr=rate("taskwire_bridge_skipped_events_total", "environment"),
                    legend="skipped",
                ),
            ],
            alerts=["BridgeSkipsEvents"],
        ),
    ],
)

BOARD: Final = Board(
    uid="taskwire-live-delivery",
    title="Taskwire / Live delivery",
    description="The path of a change from the outbox to the open boards.",
    rows=[_AT_A_GLANCE, _READERS, _DELIVERY, _OUTBOX],
)
