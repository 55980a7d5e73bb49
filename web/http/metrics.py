"""The endpoint that tells Prometheus."""

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from infra.metrics import SSE_CONNECTIONS, WEBSOCKET_CLOSES, WEBSOCKET_CONNECTIONS
from infra.telemetry.telemetry import Telemetry

__all__ = [
    "SSE_CONNECTIONS",
    "WEBSOCKET_CLOSES",
    "WEBSOCKET_CONNECTIONS",
    "metrics_endpoint",
    "metrics_response",
]


async def metrics_endpoint(request: Request) -> Response:
    """GET /metrics of an application whose state has its telemetry."""
    telemetry: Telemetry = request.app.state.telemetry
    return metrics_response(await telemetry.exposed())


def metrics_response(content: bytes) -> Response:
    """The answer to a scrape."""
    return Response(content, headers={"content-type": CONTENT_TYPE_LATEST})
