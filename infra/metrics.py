"""What the live path counts, for Prometheus. Names and labels are read by dashboards and alerts."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

# From a few milliseconds, the aim, to the seconds after which a person gives up.
_LATENCY_BUCKETS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

OUTBOX_EVENTS: Final = Gauge(
    "taskwire_outbox_events", "Committed events that are not on Kafka yet, as the active relay sees"
)
OUTBOX_AGE_SECONDS: Final = Gauge(
    "taskwire_outbox_age_seconds", "How long the oldest event has waited for Kafka"
)
RELAY_IS_ACTIVE: Final = Gauge("taskwire_relay_active", "1 in the relay that holds the lease")
RELAY_EVENTS: Final = Counter("taskwire_relay_events", "Events that Kafka acknowledged")
RELAY_FAILURES: Final = Counter("taskwire_relay_failures", "Batches that Kafka did not take whole")

BRIDGE_EVENTS: Final = Counter("taskwire_bridge_events", "Events published to Redis")
BRIDGE_SKIPPED_EVENTS: Final = Counter(
    "taskwire_bridge_skipped_events", "Events not published because Redis was away"
)

PUBSUB_RECONNECTS: Final = Counter(
    "taskwire_pubsub_reconnects", "Pub/sub connections that were given up and replaced"
)

LIVE_FEEDS: Final = Gauge("taskwire_live_feeds", "Projects this process follows")
LIVE_FOLLOWERS: Final = Gauge("taskwire_live_followers", "Readers of those projects' events")
LIVE_DELIVERIES: Final = Counter(
    "taskwire_live_deliveries", "Events handed to a subscriber, live or replayed"
)
LIVE_SUBSCRIPTIONS: Final = Gauge(
    "taskwire_subscriptions", "Live subscriptions", ["field"], multiprocess_mode="livesum"
)
LIVE_GROUPS: Final = Gauge(
    "taskwire_subscription_groups",
    "Groups of live subscriptions that are executed together",
    multiprocess_mode="livesum",
)
LIVE_QUEUED_MESSAGES: Final = Gauge(
    "taskwire_live_queued_messages",
    "Messages that wait for clients to read",
    multiprocess_mode="livesum",
)
LIVE_RESYNCS: Final = Counter(
    "taskwire_live_resyncs", "Followers told to read the state again", ["reason"]
)
LIVE_GAPS: Final = Counter(
    "taskwire_live_gaps", "Gaps in pub/sub filled from the log, by who noticed", ["noticed_by"]
)
LIVE_LATENCY_SECONDS: Final = Histogram(
    "taskwire_live_latency_seconds",
    "From a change to its delivery to the followers, by the clocks of two processes",
    buckets=_LATENCY_BUCKETS,
)

SNAPSHOT_REQUESTS: Final = Counter(
    "taskwire_snapshot_requests",
    "Queries of boards by what the snapshots had for them",
    ["outcome"],
)
