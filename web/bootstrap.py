"""The one place where the pieces are put together."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from redis.asyncio import Redis
from starlette.applications import Starlette

from domain.accounts import AccessClaims, Accounts
from domain.commands.execution import CommandBus
from domain.ports import InvitationTokens
from graph.board_snapshots import BoardSnapshots
from graph.context import GraphContext, GraphContextFactory, Viewer
from graph.live_updates import LiveResponses
from graph.operation import GraphRequest, GraphResponse, OperationType
from graph.schema import print_sdl
from graph.service import GraphService
from infra.attempt_limiter import RedisAttempts
from infra.board_snapshots import SharedSnapshots
from infra.clock import OpenTelemetryTraceContext, SystemClock, Untraced, Uuid7Generator
from infra.invitation_tokens import HmacInvitationTokens
from infra.metrics import GRAPHQL_DOCUMENTS, GRAPHQL_PLAN_CACHE, SQL_POOL_CONNECTIONS
from infra.presence import RedisPresence
from infra.pubsub import ProjectChannels
from infra.redis_backend import connect_to_redis
from infra.security import BcryptHasher, JwtAccessTokens, OpaqueRefreshTokens
from infra.settings import Environment, Settings
from infra.shared_documents import RedisDocuments
from infra.telemetry.telemetry import Telemetry, open_telemetry
from infra.telemetry.tracing import Tracing
from persistence.accounts import PostgresAccounts
from persistence.brief_work import brief_work_factory
from persistence.database import Database
from persistence.event_log import EventLog
from persistence.membership_directory import MembershipDirectory
from persistence.readers import PostgresReaders
from persistence.replica import ReplicaReads
from persistence.unit_of_work import unit_of_work_factory
from web.application import Endpoints, middleware, routes
from web.dependency_checks import check_kafka, check_redis
from web.http.accounts import AccountEndpoints
from web.http.event_stream_server import GraphQLOverEventStream
from web.http.graphql import GraphQLOverHttp
from web.http.health import HealthEndpoints
from web.http.origins import OriginPolicy
from web.http.static_client import CLIENT_DIRECTORY, StaticClient
from web.live.hub import LiveHub
from web.live.presence import PresenceRooms
from web.live.results import ended_by
from web.live.shared_responses import SharedResponses
from web.live.subscriptions import LiveSubscriptions
from web.operation_names import OperationNames
from web.operation_telemetry import OperationTelemetry
from web.persisted_documents import PersistedDocuments, load_trusted_documents
from web.quotas import QuotaLimits, Quotas
from web.traced_commands import TracedCommandBus, traced_brief_work, traced_units_of_work
from web.websocket.server import GraphQLOverWebsocket


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewerGraph:
    """The graph service, with a context of its own for each operation."""

    service: GraphService
    contexts: GraphContextFactory
    live: LiveSubscriptions
    operations: OperationTelemetry
    # Of the replica, where there is one, and their contexts.
    replica: ReplicaReads | None = None
    replica_contexts: GraphContextFactory | None = None

    def operation_type(self, request: GraphRequest) -> OperationType | GraphResponse:
        """Which operation would run, or the request error that says why none would."""
        return self.service.operation_type(request)

    async def execute(
        self,
        request: GraphRequest,
        claims: AccessClaims | None,
        *,
        allowed: frozenset[OperationType],
    ) -> GraphResponse:
        """The response to a query or mutation; other types of operation are a request error."""
        context = await self._reading_context(request, claims)
        return await self.operations.executed(
            context, self.service.execute(request, context, allowed=allowed)
        )

    async def subscribe(
        self, request: GraphRequest, claims: AccessClaims | None
    ) -> AsyncGenerator[GraphResponse, None] | GraphResponse:
        """The responses to a subscription, or the one that says why it could not start."""
        context = self._context(claims)
        return await self.operations.subscribed(context, self._subscribe(request, context, claims))

    async def _subscribe(
        self, request: GraphRequest, context: GraphContext, claims: AccessClaims | None
    ) -> AsyncGenerator[GraphResponse, None] | GraphResponse:
        started = await self.service.subscribe(request, context)
        if claims is None or not isinstance(started, LiveResponses):
            return started
        # What is read one by one would be executed for each.
        await started.aclose()
        try:
            subscriber = await self.live.subscribe(started.operation, claims.user_id)
        except Exception as error:  # noqa: BLE001 - reported to the subscriber, masked and logged
            return ended_by(error)
        return SharedResponses(subscriber)

    async def _reading_context(
        self, request: GraphRequest, claims: AccessClaims | None
    ) -> GraphContext:
        """A context on the replica for a query, unless it lags behind what the client has seen."""
        if (
            self.replica is None
            or self.replica_contexts is None
            or self.service.operation_type(request) is not OperationType.QUERY
            or not await self.replica.has_reached(request.read_after)
        ):
            return self._context(claims)
        return self._context(claims, self.replica_contexts)

    def _context(
        self, claims: AccessClaims | None, contexts: GraphContextFactory | None = None
    ) -> GraphContext:
        contexts = contexts or self.contexts
        if claims is None:
            return contexts(None)
        return contexts(
            Viewer(
                user_id=claims.user_id,
                session_id=claims.session_id,
                expires_at=claims.expires_at,
            )
        )


def command_bus(
    database: Database,
    tracing: Tracing | None = None,
    *,
    invitation_tokens: InvitationTokens | None = None,
) -> CommandBus:
    """What runs commands against the database; without tokens, all but those of invitations."""
    if tracing is None:
        return CommandBus(
            unit_of_work=unit_of_work_factory(database),
            clock=SystemClock(),
            ids=Uuid7Generator(),
            trace=Untraced(),
            brief_work=brief_work_factory(database),
            invitation_tokens=invitation_tokens,
        )
    return TracedCommandBus(
        unit_of_work=traced_units_of_work(unit_of_work_factory(database), tracing),
        clock=SystemClock(),
        ids=Uuid7Generator(),
        trace=OpenTelemetryTraceContext(),
        brief_work=traced_brief_work(brief_work_factory(database), tracing),
        invitation_tokens=invitation_tokens,
        tracing=tracing,
    )


@asynccontextmanager
async def application_resources(
    settings: Settings, service: GraphService, telemetry: Telemetry
) -> AsyncIterator[Endpoints]:
    """Everything the routes lead to, open; closed again in reverse."""
    clock = SystemClock()
    tokens = JwtAccessTokens(
        secret_key=settings.secret_key.get_secret_value(),
        seconds=settings.access_token_seconds,
        clock=clock,
    )
    invitation_tokens = HmacInvitationTokens(secret_key=settings.secret_key.get_secret_value())
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(
            Database(
                settings.database_url,
                pool_size=settings.database_pool_size,
                replica_url=settings.replica_database_url,
            )
        )
        database.connections.telemetry = telemetry.statements
        telemetry.sample_with(partial(_sample, database, service))
        redis = connect_to_redis(settings.redis_url)
        stack.push_async_callback(redis.aclose)
        passwords = stack.enter_context(BcryptHasher())
        hub = await stack.enter_async_context(
            LiveHub(
                log=EventLog(database),
                hints=ProjectChannels(settings.redis_url),
                tracing=telemetry.tracing,
            )
        )
        memberships = MembershipDirectory(database)
        live = await stack.enter_async_context(
            LiveSubscriptions(hub=hub, memberships=memberships, tracing=telemetry.tracing)
        )
        present = await stack.enter_async_context(RedisPresence(settings.redis_url))
        presence = await stack.enter_async_context(
            PresenceRooms(store=present, memberships=memberships, live=hub, clock=clock)
        )
        trusted_documents = load_trusted_documents(CLIENT_DIRECTORY)
        contexts = GraphContextFactory(
            readers=PostgresReaders(database),
            commands=command_bus(database, telemetry.tracing, invitation_tokens=invitation_tokens),
            live=hub,
            presence=presence,
            snapshots=_snapshots(settings, redis),
            load_observer=telemetry.loads,
        )
        graph = ViewerGraph(
            service=service,
            contexts=contexts,
            live=live,
            replica=database.replica,
            replica_contexts=replace(
                contexts, readers=PostgresReaders(database, replica=database.replica)
            ),
            operations=OperationTelemetry(telemetry, OperationNames(trusted_documents.values())),
        )
        accounts = Accounts(
            store=PostgresAccounts(database),
            passwords=passwords,
            access_tokens=tokens,
            refresh_tokens=OpaqueRefreshTokens(),
            attempts=RedisAttempts(redis),
            clock=clock,
            ids=Uuid7Generator(),
            session_lifetime=timedelta(days=settings.refresh_token_days),
        )
        documents = PersistedDocuments(
            trusted=trusted_documents,
            shared=RedisDocuments(redis),
            only_trusted_for_browsers=settings.trusted_documents_only,
        )
        origins = OriginPolicy(settings.allowed_origins)
        quotas = Quotas(
            QuotaLimits(
                connections=settings.max_connections_per_user,
                operations_per_second=settings.max_operations_per_second_per_user,
            )
        )
        websockets = GraphQLOverWebsocket(
            graph=graph,
            documents=documents,
            tokens=tokens,
            clock=clock,
            origins=origins,
            quotas=quotas,
            max_connections=settings.max_connections,
        )
        streams = GraphQLOverEventStream(
            graph=graph,
            documents=documents,
            tokens=tokens,
            clock=clock,
            origins=origins,
            quotas=quotas,
            max_body_bytes=settings.max_body_bytes,
            max_streams=settings.max_connections,
        )
        health = HealthEndpoints(
            required={"postgres": database.check},
            # Without them changes are still served, only later.
            optional={
                "redis": partial(check_redis, redis),
                "kafka": partial(check_kafka, settings.kafka_bootstrap),
            },
        )
        http = GraphQLOverHttp(
            graph=graph,
            tokens=tokens,
            documents=documents,
            max_body_bytes=settings.max_body_bytes,
            event_streams=streams,
        )
        watching = asyncio.create_task(health.watch())
        stack.push_async_callback(_ended, watching)
        yield _endpoints(settings, http, streams, accounts, websockets, health)


def _snapshots(settings: Settings, redis: Redis) -> BoardSnapshots | None:
    if not settings.board_snapshots:
        return None
    # Another schema, and so another program, may answer the same document otherwise.
    version = hashlib.sha256(print_sdl().encode()).hexdigest()[:16]
    return BoardSnapshots(SharedSnapshots(redis, version=version))


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


def _sample(database: Database, service: GraphService) -> None:
    """Set the gauges of what is only looked at now and then."""
    SQL_POOL_CONNECTIONS.labels("used").set(database.connections.used_count)
    SQL_POOL_CONNECTIONS.labels("idle").set(database.connections.idle_count)
    documents = service.documents
    GRAPHQL_DOCUMENTS.set(len(documents))
    GRAPHQL_PLAN_CACHE.labels("hit").inc(documents.hits)
    GRAPHQL_PLAN_CACHE.labels("miss").inc(documents.misses)
    documents.hits = documents.misses = 0


def _endpoints(
    settings: Settings,
    http: GraphQLOverHttp,
    streams: GraphQLOverEventStream,
    accounts: Accounts,
    websockets: GraphQLOverWebsocket,
    health: HealthEndpoints,
) -> Endpoints:
    return Endpoints(
        graphql_http=http,
        graphql_streams=streams,
        graphql_websocket=websockets,
        accounts=AccountEndpoints(
            accounts=accounts,
            origins=OriginPolicy(settings.allowed_origins),
            is_cookie_secure=settings.environment is not Environment.DEV,
            has_demo=settings.demo and settings.environment is Environment.DEV,
        ),
        health=health,
        client=StaticClient(CLIENT_DIRECTORY),
        sdl=print_sdl(),
    )


def create_application(settings: Settings, *, service: GraphService | None = None) -> Starlette:
    """The web application, with another executor if one is given.

    It has routes while its lifespan is open.
    """

    @asynccontextmanager
    async def lifespan(application: Starlette) -> AsyncIterator[None]:
        async with (
            open_telemetry(settings, "web") as telemetry,
            application_resources(settings, service or GraphService(), telemetry) as endpoints,
        ):
            # Elsewhere the public port tells nobody how busy it is.
            has_metrics = settings.metrics_port is None and settings.environment is Environment.DEV
            application.router.routes.extend(routes(endpoints, has_metrics=has_metrics))
            application.state.websockets = endpoints.graphql_websocket
            application.state.event_streams = endpoints.graphql_streams
            application.state.health = endpoints.health
            application.state.telemetry = telemetry
            yield

    return Starlette(middleware=middleware(settings), lifespan=lifespan)
