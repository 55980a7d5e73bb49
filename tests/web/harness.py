"""The web layer on real accounts and a fake graph, without a network or with one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
from redis.asyncio import Redis
from starlette.applications import Starlette

from domain.accounts import Accounts
from domain.identifiers import SessionId, UserId
from infra.attempt_limiter import RedisAttempts
from infra.clock import Uuid7Generator
from infra.security import BcryptHasher, JwtAccessTokens, OpaqueRefreshTokens
from infra.settings import Environment, Settings
from infra.telemetry.telemetry import Telemetry
from persistence.accounts import PostgresAccounts
from persistence.database import Database
from tests.web.fake_graph import FakeGraph
from web.application import Endpoints, middleware, routes
from web.http.accounts import AccountEndpoints
from web.http.event_stream import StreamLimits
from web.http.event_stream_server import GraphQLOverEventStream
from web.http.graphql import GraphQLOverHttp
from web.http.health import Check, HealthEndpoints
from web.http.origins import OriginPolicy
from web.http.static_client import StaticClient
from web.persisted_documents import PersistedDocuments, SharedDocuments
from web.quotas import QuotaLimits, Quotas
from web.server import WebServer, listening_socket, server_config
from web.websocket.connection import ConnectionLimits
from web.websocket.server import GraphQLOverWebsocket

SECRET_KEY = "q8Zr1xV0mB4tYw7LkP2sNd9HfJ3cGa6E"
ADA = UserId(UUID(int=1))
BOB = UserId(UUID(int=2))
# Nothing listens on the port of the discard protocol.
_NOWHERE = "postgresql://nobody@127.0.0.1:9/none"
_NOWHERE_REDIS = "redis://127.0.0.1:9"
BASE_URL = "http://taskwire.test"


@dataclass(slots=True)
class HandClock:
    """A clock that goes when it is told to."""

    instant: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def now(self) -> datetime:
        return self.instant

    def forward(self, **duration: float) -> None:
        self.instant += timedelta(**duration)


def a_settings(**values: object) -> Settings:
    """Settings of a test: nothing from the environment or a .env file."""
    # Nobody in front of a test's process has to notice that it ends.
    own = {"environment": Environment.DEV, "drain_notice_seconds": 0}
    return Settings.model_validate({**own, **values})


async def no_failure() -> None:
    """A dependency that is up."""


class MemoryDocuments:
    """Documents that several processes of a test share."""

    def __init__(self) -> None:
        self.document_by_hash: dict[str, str] = {}

    async def find(self, document_hash: str) -> str | None:
        return self.document_by_hash.get(document_hash)

    async def keep(self, document_hash: str, document: str) -> None:
        self.document_by_hash[document_hash] = document


@dataclass(slots=True)
class WebLayer:
    """Everything the routes lead to, and the pieces a test turns."""

    settings: Settings
    clock: HandClock
    graph: FakeGraph
    tokens: JwtAccessTokens
    accounts: Accounts
    limits: ConnectionLimits = field(default_factory=ConnectionLimits)
    stream_limits: StreamLimits = field(default_factory=StreamLimits)
    quota_limits: QuotaLimits = field(default_factory=QuotaLimits)
    checks: dict[str, Check] = field(default_factory=lambda: {"postgres": no_failure})
    optional_checks: dict[str, Check] = field(default_factory=dict)
    client_directory: Path = Path("/nonexistent")
    has_demo: bool = False
    trusted_documents: dict[str, str] = field(default_factory=dict)
    shared_documents: SharedDocuments = field(default_factory=MemoryDocuments)
    quotas: Quotas = field(init=False)
    websockets: GraphQLOverWebsocket = field(init=False)
    streams: GraphQLOverEventStream = field(init=False)
    health: HealthEndpoints = field(init=False)

    def token(self, user_id: UserId = ADA) -> str:
        """An access token of the user's."""
        return self.tokens.issue(user_id, SessionId(UUID(int=9)))

    def application(self) -> Starlette:
        """The application as it is served."""
        documents = PersistedDocuments(
            trusted=self.trusted_documents,
            shared=self.shared_documents,
            only_trusted_for_browsers=self.settings.trusted_documents_only,
        )
        origins = OriginPolicy(self.settings.allowed_origins)
        self.quotas = Quotas(self.quota_limits)
        self.websockets = GraphQLOverWebsocket(
            graph=self.graph,
            documents=documents,
            tokens=self.tokens,
            clock=self.clock,
            origins=origins,
            quotas=self.quotas,
            max_connections=self.settings.max_connections,
            limits=self.limits,
        )
        self.streams = GraphQLOverEventStream(
            graph=self.graph,
            documents=documents,
            tokens=self.tokens,
            clock=self.clock,
            origins=origins,
            quotas=self.quotas,
            max_body_bytes=self.settings.max_body_bytes,
            max_streams=self.settings.max_connections,
            limits=self.stream_limits,
        )
        self.health = HealthEndpoints(required=self.checks, optional=self.optional_checks)
        endpoints = Endpoints(
            graphql_http=GraphQLOverHttp(
                graph=self.graph,
                tokens=self.tokens,
                documents=documents,
                max_body_bytes=self.settings.max_body_bytes,
                event_streams=self.streams,
                execution_timeout_seconds=self.limits.execution_seconds,
            ),
            graphql_streams=self.streams,
            graphql_websocket=self.websockets,
            accounts=AccountEndpoints(
                accounts=self.accounts,
                origins=origins,
                is_cookie_secure=self.settings.environment is not Environment.DEV,
                has_demo=self.has_demo,
            ),
            health=self.health,
            client=StaticClient(self.client_directory),
            sdl="type Query { viewer: String }\n",
        )
        application = Starlette(
            middleware=middleware(self.settings),
            routes=routes(endpoints, has_metrics=self.settings.metrics_port is None),
        )
        application.state.telemetry = Telemetry(role="web", tracing=None)
        return application

    @asynccontextmanager
    async def http(self, *, client_address: str = "192.0.2.1") -> AsyncIterator[httpx.AsyncClient]:
        """A client with cookies, straight into the application."""
        transport = httpx.ASGITransport(self.application(), client=(client_address, 1))
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
            yield client

    async def _drain(self) -> None:
        await self.websockets.drain(spread_seconds=0.05)
        await self.streams.drain(spread_seconds=0.05)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """The host and port of a real server."""
        server = WebServer(
            server_config(self.application(), self.settings),
            drain=self._drain,
        )
        with listening_socket("127.0.0.1", 0) as listener:
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                yield f"127.0.0.1:{listener.getsockname()[1]}"
            finally:
                server.should_exit = True
                await serving


@asynccontextmanager
async def a_web_layer(
    database_url: str = _NOWHERE, redis_url: str = _NOWHERE_REDIS, **settings: object
) -> AsyncIterator[WebLayer]:
    """A web layer; without addresses, Postgres and Redis are away."""
    clock = HandClock()
    tokens = JwtAccessTokens(secret_key=SECRET_KEY, seconds=900, clock=clock)
    async with Database(database_url, pool_size=4) as database, Redis.from_url(redis_url) as redis:
        with BcryptHasher(rounds=4) as passwords:
            yield WebLayer(
                settings=a_settings(**settings),
                clock=clock,
                graph=FakeGraph(),
                tokens=tokens,
                accounts=Accounts(
                    store=PostgresAccounts(database),
                    passwords=passwords,
                    access_tokens=tokens,
                    refresh_tokens=OpaqueRefreshTokens(),
                    attempts=RedisAttempts(redis),
                    clock=clock,
                    ids=Uuid7Generator(),
                    session_lifetime=timedelta(days=30),
                ),
            )
