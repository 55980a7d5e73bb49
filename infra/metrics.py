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
RELAY_IS_ACTIVE: Final = Gauge("taskwire_relay_active", "1 in a relay that holds any shard")
RELAY_SHARDS_HELD: Final = Gauge("taskwire_relay_shards", "Shards of the projects this relay holds")
RELAY_PRODUCE_SECONDS: Final = Histogram(
    "taskwire_relay_produce_seconds",
    "From a batch of events to what Kafka made of it",
    buckets=_LATENCY_BUCKETS,
)
RELAY_EVENTS: Final = Counter("taskwire_relay_events", "Events that Kafka acknowledged")
RELAY_FAILURES: Final = Counter("taskwire_relay_failures", "Batches that Kafka did not take whole")

BRIDGE_EVENTS: Final = Counter("taskwire_bridge_events", "Events published to Redis")
BRIDGE_SKIPPED_EVENTS: Final = Counter(
    "taskwire_bridge_skipped_events", "Events not published because Redis was away"
)
BRIDGE_LATENCY_SECONDS: Final = Histogram(
    "taskwire_bridge_latency_seconds",
    "From a change to its publication on Redis, by the clocks of two processes",
    buckets=_LATENCY_BUCKETS,
)
CONSUMER_LAG_EVENTS: Final = Gauge(
    "taskwire_consumer_lag_events",
    "Events on Kafka that this member of the group has not fetched yet",
    ["group"],
)

PUBSUB_RECONNECTS: Final = Counter(
    "taskwire_pubsub_reconnects", "Pub/sub connections that were given up and replaced"
)

LIVE_FEEDS: Final = Gauge("taskwire_live_feeds", "Projects this process follows")
LIVE_FOLLOWERS: Final = Gauge("taskwire_live_followers", "Readers of those projects' events")
LIVE_DELIVERIES: Final = Counter(
    "taskwire_live_deliveries", "Events handed to a follower, live or replayed"
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
