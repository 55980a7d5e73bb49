"""The websocket at /graphql: who may connect, and how all are sent away at shutdown."""

import asyncio
import random
from typing import Final

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from domain.accounts import AccessTokens
from domain.ports import Clock
from web.graph_gateway import GraphGateway
from web.http.metrics import WEBSOCKET_CONNECTIONS
from web.http.origins import OriginPolicy
from web.persisted_documents import PersistedDocuments
from web.quotas import Quotas
from web.websocket.closing import CloseCode, CloseConnection
from web.websocket.connection import Connection, ConnectionLimits
from web.websocket.messages import SUBPROTOCOL

# A few connections need no spreading.
_PAUSE_SECONDS_MAX: Final = 0.02


class GraphQLOverWebsocket:
    """The ASGI application for websockets.

    Idle connections are kept alive by the pings of RFC 6455, which the server (uvicorn)
    sends: browsers answer them even in tabs whose timers are throttled, and they cost no
    message of ours. Pings of the protocol itself are answered, not sent.
    """

    def __init__(  # noqa: PLR0913 - what every connection of the process shares
        self,
        *,
        graph: GraphGateway,
        documents: PersistedDocuments,
        tokens: AccessTokens,
        clock: Clock,
        origins: OriginPolicy,
        quotas: Quotas,
        max_connections: int,
        limits: ConnectionLimits | None = None,
    ) -> None:
        self._graph = graph
        self._documents = documents
        self._tokens = tokens
        self._clock = clock
        self._origins = origins
        self._quotas = quotas
        self._max_connections = max_connections
        self._limits = limits or ConnectionLimits()
        self._connections: set[Connection] = set()
        self.is_draining = False

    @property
    def connection_count(self) -> int:
        """How many are being served."""
        return len(self._connections)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one websocket until it ends."""
        websocket = WebSocket(scope, receive, send)
        refusal = self._refusal(websocket)
        if refusal is not None:
            await websocket.send_denial_response(refusal)
            return
        if SUBPROTOCOL not in scope["subprotocols"]:
            await websocket.accept()
            # A code can only be sent over an accepted websocket.
            await websocket.close(
                CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, f"Subprotocol must be {SUBPROTOCOL}"
            )
            return
        await websocket.accept(SUBPROTOCOL)
        connection = Connection(
            websocket,
            graph=self._graph,
            documents=self._documents,
            tokens=self._tokens,
            clock=self._clock,
            quotas=self._quotas,
            limits=self._limits,
        )
        self._connections.add(connection)
        try:
            with WEBSOCKET_CONNECTIONS.track_inprogress():
                await connection.serve()
        finally:
            self._connections.discard(connection)

    async def drain(self, *, spread_seconds: float) -> None:
        """Refuse new connections and end the present ones, spread over up to this time.

        All at once, they would come back to the other servers all at once.
        """
        self.is_draining = True
        reason = CloseConnection(CloseCode.SERVICE_RESTART, "Server is restarting")
        connections = list(self._connections)
        random.shuffle(connections)
        pause_seconds = min(_PAUSE_SECONDS_MAX, spread_seconds / max(1, len(connections)))
        for connection in connections:
            connection.close_soon(reason)
            await asyncio.sleep(pause_seconds)

    def _refusal(self, websocket: WebSocket) -> PlainTextResponse | None:
        if not self._origins.admits(websocket.headers):
            return PlainTextResponse("Pages of this origin may not connect.", status_code=403)
        if self.is_draining or len(self._connections) >= self._max_connections:
            return PlainTextResponse(
                "No more connections for now.", status_code=503, headers={"retry-after": "2"}
            )
        return None
