"""What the web server counts, and the endpoint that tells Prometheus."""

import os
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request
from starlette.responses import Response

# Set by whoever runs several workers, before they import anything; the library reads it too.
MULTIPROCESS_DIRECTORY_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"

WEBSOCKET_CONNECTIONS: Final = Gauge(
    "taskwire_websocket_connections", "Open websockets", multiprocess_mode="livesum"
)
SSE_CONNECTIONS: Final = Gauge(
    "taskwire_sse_connections", "Open streams of server-sent events", multiprocess_mode="livesum"
)
WEBSOCKET_CLOSES: Final = Counter(
    "taskwire_websocket_closes", "Websockets this server closed, by code", ["code"]
)


async def metrics_endpoint(_request: Request) -> Response:
    """GET /metrics."""
    content = generate_latest(metrics_registry())
    return Response(content, headers={"content-type": CONTENT_TYPE_LATEST})


def metrics_registry() -> CollectorRegistry:
    """This process's metrics, or those of all workers when there are several."""
    directory = os.environ.get(MULTIPROCESS_DIRECTORY_VARIABLE)
    if directory is None:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=directory)  # type: ignore[no-untyped-call]
    return registry
