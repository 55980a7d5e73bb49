"""One websocket that speaks graphql-transport-ws."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, assert_never

from starlette.websockets import WebSocket, WebSocketDisconnect

from domain.accounts import AccessClaims, AccessTokens
from domain.errors import LimitExceeded, Unauthenticated
from domain.ports import Clock
from graph.operation import GraphRequest, GraphResponse, OperationType
from web.graph_gateway import (
    EXECUTION_TIMEOUT_SECONDS,
    GraphGateway,
    error_response,
    verify_bearer,
)
from web.http.metrics import WEBSOCKET_CLOSES
from web.http.unexpected_errors import report_unexpected
from web.live.shared_responses import SharedResponses
from web.live.subscriber import Ending, Subscriber
from web.persisted_documents import PersistedDocuments, is_browser
from web.quotas import Quota, Quotas, owner_of, refuse_another_open_operation
from web.websocket.closing import CloseCode, CloseConnection
from web.websocket.frames import text_frame
from web.websocket.live_operation import LiveOperationSink
from web.websocket.messages import (
    Complete,
    ConnectionInit,
    Ping,
    Pong,
    Subscribe,
    complete_message,
    connection_ack,
    error_message,
    next_message,
    parse_message,
    pong,
)
from web.websocket.send_queue import SendQueue
from web.websocket.wire import WIRE_EXTENSION, Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """What one connection may take."""

    initialisation_seconds: float = 10.0
    # A client watches a board and a few tasks; hundreds are a leak or an attack.
    operations_max: int = 200
    # More than a burst of changes; behind it, live subscriptions go on from the log.
    queued_messages_max: int = 128
    queued_bytes_max: int = 1024 * 1024
    # A client that reads nothing for this long is gone or hung; a tab may sleep for a minute.
    stalled_seconds: float = 120.0
    execution_seconds: float = EXECUTION_TIMEOUT_SECONDS
    closing_seconds: float = 5.0


# Kept by every connection: an error of its own would take more.
_NOT_INITIALISED: Final = CloseCode.INITIALISATION_TIMEOUT, "Connection initialisation timeout"
_EXPIRED: Final = CloseCode.FORBIDDEN, "Token expired"


class _Disconnected(Exception):
    """The client has gone."""


class Connection:
    """Serves one accepted websocket until either side ends it.

    The reader never waits for anything but the client: operations run in tasks of
    their own. A subscription that has gone live has none: what it is handed is written at
    once, or waits in a bounded queue while the client reads too slowly.
    """

    __slots__ = (
        "_at_deadline", "_claims", "_clock", "_deadline", "_documents", "_graph",
        "_is_acknowledged", "_is_browser", "_is_reading", "_limits", "_live_by_id", "_operations",
        "_owner", "_queue", "_quota", "_quotas", "_running_count", "_stall", "_tasks", "_tokens",
        "_websocket",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913 - what every connection of the process shares
        self,
        websocket: WebSocket,
        *,
        graph: GraphGateway,
        documents: PersistedDocuments,
        tokens: AccessTokens,
        clock: Clock,
        quotas: Quotas,
        limits: ConnectionLimits,
    ) -> None:
        self._websocket = websocket
        self._graph = graph
        self._documents = documents
        self._is_browser = is_browser(websocket.headers)
        self._tokens = tokens
        self._clock = clock
        self._quotas = quotas
        # Whose connections this is one of, and what they may start; None before the init.
        self._owner = ""
        self._quota: Quota | None = None
        self._limits = limits
        wire: Wire = websocket.scope["extensions"][WIRE_EXTENSION]
        self._queue = SendQueue(
            wire, frames_max=limits.queued_messages_max, bytes_max=limits.queued_bytes_max
        )
        wire.on_writable = self._resume
        # Ends the connection unless the client reads before.
        self._stall: asyncio.TimerHandle | None = None
        self._tasks = asyncio.TaskGroup()
        # Those that still answer, by the client's id, and how many run in all.
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._live_by_id: dict[str, LiveOperationSink] = {}
        self._running_count = 0
        self._is_reading = False
        self._is_acknowledged = False
        self._claims: AccessClaims | None = None
        # What happens when the deadline passes: first the lack of a connection_init.
        self._deadline = asyncio.timeout(limits.initialisation_seconds)
        self._at_deadline = _NOT_INITIALISED

    async def serve(self) -> None:
        """Run until the end; every task of the connection has ended then."""
        closing: CloseConnection | None = None
        is_connected = True
        try:
            async with self._tasks:
                await self._read()
        except* _Disconnected:
            is_connected = False
        except* CloseConnection as group:
            closing = next(e for e in group.exceptions if isinstance(e, CloseConnection))
        finally:
            self._end_live_operations()
            if self._quota is not None:
                self._quotas.leave(self._owner)
        if closing is not None and is_connected:
            WEBSOCKET_CLOSES.labels(closing.code.value).inc()
            await self._close(closing)
        self._stop_stall_timer()
        self._queue.discard()

    def close_soon(self, reason: CloseConnection) -> None:
        """Make the connection end with this code and reason, unless it ends already."""
        if self._is_reading and not self._deadline.expired():
            self._at_deadline = reason.code, reason.reason
            self._deadline.reschedule(asyncio.get_running_loop().time())

    async def _read(self) -> None:
        try:
            async with self._deadline:
                self._is_reading = True
                while True:
                    self._handle(await self._receive_text())
                    if self._queue.is_crowded:
                        # Frames that came in one packet leave the transport no turn of its own.
                        await asyncio.sleep(0)
        except TimeoutError:
            raise CloseConnection(*self._at_deadline) from None
        finally:
            self._is_reading = False

    async def _receive_text(self) -> str:
        frame = await self._websocket.receive()
        if frame["type"] == "websocket.disconnect":
            raise _Disconnected
        text = frame.get("text")
        if not isinstance(text, str):
            raise CloseConnection(CloseCode.BAD_REQUEST, "Messages must be text frames")
        return text

    def _handle(self, text: str) -> None:
        match parse_message(text):
            case ConnectionInit(authorization):
                self._initialise(authorization)
            case Ping(authorization):
                if authorization is not None and self._is_acknowledged:
                    self._renew(authorization)
                self._answer(pong())
            case Pong():
                pass
            case Subscribe(operation_id, request):
                self._start(operation_id, request)
            case Complete(operation_id):
                self._stop(operation_id)
            case unknown:
                assert_never(unknown)

    def _initialise(self, authorization: str | None) -> None:
        if self._is_acknowledged:
            raise CloseConnection(
                CloseCode.TOO_MANY_INITIALISATIONS, "Too many initialisation requests"
            )
        self._is_acknowledged = True
        if authorization is None:
            # Nobody in particular, who may run what nobody may: the resolvers decide.
            self._deadline.reschedule(None)
        else:
            self._sign_in(self._verified(authorization))
        self._enter()
        self._answer(connection_ack())

    def _enter(self) -> None:
        """Become one of the user's connections, or of the address's when nobody is signed in."""
        self._owner = owner_of(self._claims, self._websocket.client)
        try:
            self._quota = self._quotas.enter(self._owner)
        except LimitExceeded as error:
            raise CloseConnection(CloseCode.TRY_AGAIN_LATER, str(error)) from None

    def _renew(self, authorization: str) -> None:
        claims = self._verified(authorization)
        if self._claims is None or self._claims.user_id != claims.user_id:
            raise CloseConnection(CloseCode.FORBIDDEN, "The token is of another user")
        self._sign_in(claims)

    def _verified(self, authorization: str) -> AccessClaims:
        try:
            return verify_bearer(authorization, self._tokens)
        except Unauthenticated as error:
            raise CloseConnection(CloseCode.FORBIDDEN, str(error)) from None

    def _sign_in(self, claims: AccessClaims) -> None:
        self._claims = claims
        self._at_deadline = _EXPIRED
        seconds_left = (claims.expires_at - self._clock.now()).total_seconds()
        self._deadline.reschedule(asyncio.get_running_loop().time() + seconds_left)

    def _start(self, operation_id: str, request: GraphRequest) -> None:
        if self._quota is None:
            raise CloseConnection(CloseCode.UNAUTHORIZED, "Unauthorized")
        if operation_id in self._operations or operation_id in self._live_by_id:
            raise CloseConnection(
                CloseCode.SUBSCRIBER_EXISTS, f"Subscriber for {operation_id} already exists"
            )
        # Cancelled ones count until they have ended, or starting and ending would pile them up.
        if self._running_count + len(self._live_by_id) >= self._limits.operations_max:
            refuse_another_open_operation()
            problem = f"At most {self._limits.operations_max} operations at once."
            response = error_response(problem, "LIMIT_EXCEEDED")
            self._answer(error_message(operation_id, response))
            return
        if not self._quota.take_operation():
            response = error_response("Too many operations in a short time.", "RATE_LIMITED")
            self._answer(error_message(operation_id, response))
            return
        task = self._tasks.create_task(self._operate(operation_id, request, self._claims))
        self._operations[operation_id] = task
        self._running_count += 1
        task.add_done_callback(self._ended)

    def _ended(self, _task: asyncio.Task[None]) -> None:
        self._running_count -= 1

    def _stop(self, operation_id: str) -> None:
        live = self._live_by_id.pop(operation_id, None)
        if live is not None:
            live.subscriber.close(Ending.COMPLETED)
        task = self._operations.pop(operation_id, None)
        if task is not None:
            task.cancel()

    async def _operate(
        self, operation_id: str, request: GraphRequest, claims: AccessClaims | None
    ) -> None:
        try:
            last = await self._execute(operation_id, request, claims)
        except CloseConnection:
            raise
        except Exception as error:  # noqa: BLE001 - one operation's bug must not end the others
            response = error_response(
                "Something went wrong on our side.", "INTERNAL", errorId=report_unexpected(error)
            )
            last = (error_message(operation_id, response),)
        # First: with the last message out, the client may use the id again.
        if self._operations.get(operation_id) is asyncio.current_task():
            del self._operations[operation_id]
        await self._send(*last)

    async def _execute(
        self, operation_id: str, request: GraphRequest, claims: AccessClaims | None
    ) -> tuple[str, ...]:
        """Run the operation; return the messages that end it."""
        resolved = await self._documents.resolve(request, is_browser=self._is_browser)
        if isinstance(resolved, GraphResponse):
            return _only(operation_id, resolved)
        request = resolved
        kind = self._graph.operation_type(request)
        if isinstance(kind, GraphResponse):
            return _only(operation_id, kind)
        if kind is not OperationType.SUBSCRIPTION:
            return _only(operation_id, await self._execute_once(request, claims, kind))
        started = await self._graph.subscribe(request, claims)
        if isinstance(started, GraphResponse):
            return _only(operation_id, started)
        if isinstance(started, SharedResponses):
            self._go_live(operation_id, started.subscriber)
            return ()
        return await self._forward(operation_id, started)

    async def _execute_once(
        self, request: GraphRequest, claims: AccessClaims | None, kind: OperationType
    ) -> GraphResponse:
        try:
            async with asyncio.timeout(self._limits.execution_seconds):
                return await self._graph.execute(request, claims, allowed=frozenset({kind}))
        except TimeoutError:
            return error_response("The operation took too long.", "UNAVAILABLE")

    async def _forward(
        self, operation_id: str, responses: AsyncGenerator[GraphResponse, None]
    ) -> tuple[str, ...]:
        async with aclosing(responses):
            async for response in responses:
                if response.is_request_error:
                    return (error_message(operation_id, response),)
                await self._send(next_message(operation_id, response))
        return (complete_message(operation_id),)

    def _go_live(self, operation_id: str, subscriber: Subscriber) -> None:
        """Let the subscription go on without a task."""
        del self._operations[operation_id]
        sink = self._live_by_id[operation_id] = LiveOperationSink(self, operation_id, subscriber)
        subscriber.start(sink)

    @property
    def wire(self) -> Wire:
        """What takes frames while the client reads."""
        return self._queue.wire

    def queue_live(self, frame: bytes) -> bool:
        """Send a live operation's frame when the client reads again; False when there is no room.

        The client gets its time to read.
        """
        is_queued = self._queue.offer(frame)
        if self._queue:
            self._start_stall_timer()
        return is_queued

    def wait_for_room(self) -> Awaitable[None]:
        """Return when the client has read most of what was sent."""
        return self._queue.wait_for_room()

    def end_live(self, operation_id: str, last: GraphResponse) -> None:
        """Send why a live operation ends; its id is free."""
        del self._live_by_id[operation_id]
        self._queue.append(_frame(error_message(operation_id, last)))

    def _end_live_operations(self) -> None:
        for live in self._live_by_id.values():
            live.subscriber.close(Ending.DISCONNECTED)
        self._live_by_id.clear()

    def _answer(self, message: str) -> None:
        """Send from the reader, which must not wait."""
        if not self._queue.offer(_frame(message)):
            raise _not_reading()

    async def _send(self, *messages: str) -> None:
        frames = tuple(map(_frame, messages))
        if self._queue.offer(*frames):
            return
        try:
            async with asyncio.timeout(self._limits.stalled_seconds):
                await self._queue.put(*frames)
        except TimeoutError:
            raise _not_reading() from None

    def _resume(self) -> None:
        """The client has read: go on, and give it its time anew."""
        self._stop_stall_timer()
        self._queue.flush()
        if self._queue:
            self._start_stall_timer()

    def _start_stall_timer(self) -> None:
        if self._stall is None:
            loop = asyncio.get_running_loop()
            self._stall = loop.call_later(
                self._limits.stalled_seconds, self.close_soon, _not_reading()
            )

    def _stop_stall_timer(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    async def _close(self, closing: CloseConnection) -> None:
        """Send what is queued, then the close frame, to a client that may not be reading."""
        try:
            async with asyncio.timeout(self._limits.closing_seconds):
                await self._queue.wait_until_empty()
                await self._websocket.close(closing.code, closing.reason)
        except (TimeoutError, WebSocketDisconnect):
            # It can't be told; the server drops the transport when this returns.
            return


def _only(operation_id: str, response: GraphResponse) -> tuple[str, ...]:
    """The messages of an operation with one response."""
    if response.is_request_error:
        return (error_message(operation_id, response),)
    return next_message(operation_id, response), complete_message(operation_id)


def _frame(message: str) -> bytes:
    return text_frame(message.encode())


def _not_reading() -> CloseConnection:
    return CloseConnection(CloseCode.TRY_AGAIN_LATER, "Answers are not being read")
