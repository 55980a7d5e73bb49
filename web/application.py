"""The routes of the web server, and what every request passes on the way to them."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from infra.settings import Environment, Settings
from web.http.accounts import AccountEndpoints
from web.http.direct_routes import DirectRoutes
from web.http.event_stream_server import GraphQLOverEventStream
from web.http.graphql import GraphQLOverHttp
from web.http.health import HealthEndpoints
from web.http.metrics import metrics_endpoint
from web.http.request_telemetry import RequestTelemetry
from web.http.security_headers import SecurityHeaders
from web.http.static_client import StaticClient
from web.http.unexpected_errors import UnexpectedErrors
from web.websocket.server import GraphQLOverWebsocket

# A browser may remember for so long what other origins may do.
_CORS_SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """What the routes lead to."""

    graphql_http: GraphQLOverHttp
    graphql_streams: GraphQLOverEventStream
    graphql_websocket: GraphQLOverWebsocket
    accounts: AccountEndpoints
    health: HealthEndpoints
    client: StaticClient
    sdl: str


def middleware(settings: Settings) -> list[Middleware]:
    """What wraps every request, outermost first."""
    layers = [
        Middleware(RequestTelemetry),
        Middleware(SecurityHeaders, requires_https=settings.environment is Environment.PROD),
    ]
    if settings.allowed_origins:
        layers.append(
            Middleware(
                CORSMiddleware,
                allow_origins=settings.allowed_origins,
                allow_methods=["GET", "POST"],
                allow_headers=["authorization", "content-type", "x-request-id"],
                # For the refresh cookie; browsers refuse the pair with "*".
                allow_credentials="*" not in settings.allowed_origins,
                expose_headers=["x-request-id", "retry-after"],
                max_age=_CORS_SECONDS,
            )
        )
    return [*layers, Middleware(UnexpectedErrors), Middleware(DirectRoutes)]


def routes(endpoints: Endpoints, *, has_metrics: bool) -> Sequence[BaseRoute]:
    """Every route. `/metrics` is left out where it has a port of its own."""

    async def graphiql(request: Request) -> Response:
        return await endpoints.client.page("graphiql.html", request.headers)

    async def schema(_request: Request) -> Response:
        return PlainTextResponse(endpoints.sdl, headers={"cache-control": "no-cache"})

    return [
        WebSocketRoute("/graphql", endpoints.graphql_websocket),
        Route("/graphql", endpoints.graphql_http),
        Route("/graphql/stream", endpoints.graphql_streams),
        Route("/graphiql", graphiql),
        Route("/schema.graphql", schema),
        *endpoints.accounts.routes(),
        *endpoints.health.routes(),
        *([Route("/metrics", metrics_endpoint)] if has_metrics else []),
        Route("/{path:path}", endpoints.client),
    ]
