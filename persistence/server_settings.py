"""How every connection to Postgres is set up, whoever opens it."""

from typing import Final

# A statement that takes longer is a fault; the client has long given up.
STATEMENT_TIMEOUT_MS: Final = 15_000
CONNECT_TIMEOUT_SECONDS: Final = 5.0
# How long to wait for a connection that others are using.
POOL_TIMEOUT_SECONDS: Final = 5.0

SERVER_SETTINGS: Final = {
    "application_name": "taskwire",
    "statement_timeout": str(STATEMENT_TIMEOUT_MS),
    "idle_in_transaction_session_timeout": str(STATEMENT_TIMEOUT_MS),
    "timezone": "UTC",
    # Just-in-time compilation costs more than it saves on statements this short.
    "jit": "off",
    # Statements are prepared once and take ids as arrays. Planning one anew for each array, as
    # Postgres does on its own, costs more than running it: a task with its relations took 2.5
    # times the server's CPU.
    "plan_cache_mode": "force_generic_plan",
}

# Of connections whose statements ask by key or within a workspace, as all do that requests run. A
# table that is small, or was empty when the statement was prepared, Postgres would rather read from
# end to end, every tenant's rows, and it would keep to that plan while the table grows.
BY_KEY_SETTINGS: Final = {**SERVER_SETTINGS, "enable_seqscan": "off"}
