"""What Taskwire counts and measures, for Prometheus.

Names and labels are read by dashboards and alerts, and told in docs/metrics.md.
`multiprocess_mode` says how one number comes of several web workers.
"""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

# From a few milliseconds, the aim, to the seconds after which a person gives up.
_LATENCY_BUCKETS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# Requests may be answered from memory, and alerts ask for those beyond 2 s.
_REQUEST_BUCKETS: Final = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0,
)  # fmt: skip
_STATEMENT_BUCKETS: Final = (
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip
_SIZE_BUCKETS: Final = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000)

HTTP_REQUESTS: Final = Counter(
    "taskwire_http_requests", "HTTP requests answered", ["method", "route", "status"]
)
HTTP_REQUEST_SECONDS: Final = Histogram(
    "taskwire_http_request_seconds",
    "From the arrival of a request to the beginning of its answer",
    ["method", "route"],
    buckets=_REQUEST_BUCKETS,
)

GRAPHQL_OPERATIONS: Final = Counter(
    "taskwire_graphql_operations", "Operations that ended", ["operation", "type", "outcome"]
)
GRAPHQL_OPERATION_SECONDS: Final = Histogram(
    "taskwire_graphql_operation_seconds",
    "From an operation's start to its result; of a subscription, until it has started",
    ["operation", "type"],
    buckets=_REQUEST_BUCKETS,
)
GRAPHQL_ERRORS: Final = Counter(
    "taskwire_graphql_errors", "Errors in results and payloads, by code", ["code"]
)
GRAPHQL_PLAN_CACHE: Final = Counter(
    "taskwire_graphql_plan_cache", "Documents looked up in the cache of plans", ["outcome"]
)
GRAPHQL_DOCUMENTS: Final = Gauge(
    "taskwire_graphql_documents_cached",
    "Documents with their plans in memory",
    multiprocess_mode="livesum",
)
LOADER_BATCH_SIZE: Final = Histogram(
    "taskwire_loader_batch_size", "Keys loaded at once", ["loader"], buckets=_SIZE_BUCKETS
)
LOADER_SECONDS: Final = Histogram(
    "taskwire_loader_seconds", "What a batch took", ["loader"], buckets=_STATEMENT_BUCKETS
)

SQL_SECONDS: Final = Histogram(
    "taskwire_sql_seconds",
    "What a statement took on its connection",
    ["statement_kind"],
    buckets=_STATEMENT_BUCKETS,
)
SQL_POOL_CONNECTIONS: Final = Gauge(
    "taskwire_sql_pool_connections",
    "Connections to Postgres, by what they do",
    ["state"],
    multiprocess_mode="livesum",
)
SQL_POOL_WAIT_SECONDS: Final = Histogram(
    "taskwire_sql_pool_wait_seconds",
    "What it took to get a connection, making one included",
    buckets=_STATEMENT_BUCKETS,
)

RATE_LIMITED: Final = Counter(
    "taskwire_rate_limited", "What was refused for being too much, by the limit", ["limit"]
)

WEBSOCKET_CONNECTIONS: Final = Gauge(
    "taskwire_websocket_connections", "Open websockets", multiprocess_mode="livesum"
)
WEBSOCKET_CLOSES: Final = Counter(
    "taskwire_websocket_closes", "Websockets this server closed, by code", ["code"]
)
SSE_CONNECTIONS: Final = Gauge(
    "taskwire_sse_connections", "Open streams of server-sent events", multiprocess_mode="livesum"
)

PUBSUB_RECONNECTS: Final = Counter(
    "taskwire_pubsub_reconnects", "Pub/sub connections that were given up and replaced"
)

LIVE_FEEDS: Final = Gauge(
    "taskwire_live_feeds", "Projects that are followed", multiprocess_mode="livesum"
)
LIVE_FOLLOWERS: Final = Gauge(
    "taskwire_live_followers", "Readers of those projects' events", multiprocess_mode="livesum"
)
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
PRESENCE_MEMBERS: Final = Gauge(
    "taskwire_presence_members",
    "People at a project who follow it through this process",
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
OUTBOX_EVENTS: Final = Gauge(
    "taskwire_outbox_events", "Committed events that are not on Kafka yet, as the active relay sees"
)
OUTBOX_AGE_SECONDS: Final = Gauge(
    "taskwire_outbox_age_seconds", "How long the oldest event has waited for Kafka"
)
RELAY_IS_ACTIVE: Final = Gauge("taskwire_relay_active", "1 in a relay that holds any shard")
RELAY_SHARDS_HELD: Final = Gauge("taskwire_relay_shards", "Shards of the projects this relay holds")
RELAY_EVENTS: Final = Counter("taskwire_relay_events", "Events that Kafka acknowledged")
RELAY_FAILURES: Final = Counter("taskwire_relay_failures", "Batches that Kafka did not take whole")
RELAY_PRODUCE_SECONDS: Final = Histogram(
    "taskwire_relay_produce_seconds",
    "What Kafka took to acknowledge a batch",
    buckets=_LATENCY_BUCKETS,
)

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
    "Events on Kafka behind what this member of the group has read",
    ["group"],
)

WORKER_RUNS: Final = Counter(
    "taskwire_worker_runs", "Runs of the worker's jobs", ["job", "outcome"]
)
WORKER_RUN_SECONDS: Final = Histogram(
    "taskwire_worker_run_seconds", "What a run took", ["job"], buckets=_LATENCY_BUCKETS
)

ACTIVE_USERS: Final = Gauge(
    "taskwire_active_users", "People who changed something within the window", ["window"]
)
TASKS_CREATED: Final = Counter("taskwire_tasks_created", "Tasks made, by the event log")
TASKS_COMPLETED: Final = Counter("taskwire_tasks_completed", "Tasks done, by the event log")
COMMENTS_CREATED: Final = Counter("taskwire_comments_created", "Comments made, by the event log")
TASKS_OPEN: Final = Gauge("taskwire_tasks_open", "Tasks neither done, canceled nor archived")
TASK_COMPLETION_RATIO: Final = Gauge(
    "taskwire_task_completion_ratio", "Done tasks among all that are not canceled or archived"
)
PROJECT_PROGRESS_RATIO: Final = Gauge(
    "taskwire_project_progress_ratio",
    "The same ratio of each of the 50 projects with the most changes",
    ["workspace", "project"],
)

EVENT_LOOP_LAG_SECONDS: Final = Histogram(
    "taskwire_event_loop_lag_seconds",
    "How late the event loop woke a task that slept half a second",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)
BUILD_INFO: Final = Gauge(
    "taskwire_build_info",
    "1, with what is running as labels",
    ["version", "commit"],
    multiprocess_mode="max",
)
# The lowest: a dependency counts as down when one worker can't reach it.
DEPENDENCY_UP: Final = Gauge(
    "taskwire_dependency_up",
    "1 while the dependency answers this process",
    ["dependency"],
    multiprocess_mode="livemin",
)
LOG_LINES: Final = Counter("taskwire_log_lines", "Lines written to the log, by level", ["level"])
LOG_LINES_LOST: Final = Counter(
    "taskwire_log_lines_lost", "Lines that could not be written to the log, or not soon enough"
)
