"""Live subscriptions over real sockets: shared frames, slow readers, lost access."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from prometheus_client import REGISTRY
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from domain.access import Role
from domain.accounts import AccessClaims
from domain.events import ProjectEventKind
from graph.operation import GraphRequest, GraphResponse
from tests.web.fake_graph import FakeGraph
from tests.web.harness import ADA, WebLayer, a_web_layer
from tests.web.live.test_subscriptions import Stage
from web.live.shared_responses import SharedResponses
from web.live.sources import LiveLimits
from web.websocket.connection import ConnectionLimits

# So few that a stalled reader can't catch up from the log.
LIMITS = LiveLimits(lag_events=200, check_seconds=0.1)
# With their filler more than the kernel holds for a socket.
EVENTS = 800


@dataclass(slots=True)
class LiveGraph(FakeGraph):
    """A graph whose subscriptions follow the stage's project."""

    stage: Stage = field(default_factory=lambda: Stage(LIMITS))

    async def subscribe(
        self, request: GraphRequest, claims: AccessClaims | None
    ) -> AsyncGenerator[GraphResponse, None] | GraphResponse:
        assert claims is not None
        operation = self.stage.execution.operation(self.stage.project_id, key=request.query)
        subscriber = await self.stage.live.subscribe(operation, claims.user_id)
        self.started.release()
        return SharedResponses(subscriber)


@dataclass(slots=True, kw_only=True)
class Served:
    """A server, its address, and the stage its subscriptions follow."""

    layer: WebLayer
    stage: Stage
    graph: LiveGraph
    address: str

    @asynccontextmanager
    async def socket(self, *operation_ids: str) -> AsyncIterator[ClientConnection]:
        """A websocket with a subscription for each id, all of them live."""
        async with connect(
            f"ws://{self.address}/graphql",
            subprotocols=[Subprotocol("graphql-transport-ws")],
            compression=None,
            proxy=None,
            max_queue=4,
            ping_interval=None,
        ) as socket:
            payload = {"authorization": f"Bearer {self.layer.token()}"}
            await _send(socket, {"type": "connection_init", "payload": payload})
            assert await _receive(socket) == {"type": "connection_ack"}
            for operation_id in operation_ids:
                await self.subscribe(socket, operation_id)
            yield socket

    async def subscribe(self, socket: ClientConnection, operation_id: str) -> None:
        """Start a subscription; return when it is live."""
        query = {"query": "subscription { live }"}
        await _send(socket, {"type": "subscribe", "id": operation_id, "payload": query})
        async with asyncio.timeout(10):
            await self.graph.started.acquire()
        # What is answered behind it tells that the subscription's task has had its turn.
        await _send(socket, {"type": "ping"})
        assert await _receive(socket) == {"type": "pong"}


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with a_web_layer() as layer:
        graph = layer.graph = LiveGraph()
        layer.limits = ConnectionLimits(queued_messages_max=16)
        graph.stage.memberships.role_by_user_id[ADA] = Role.MEMBER
        async with graph.stage.hub, graph.stage.live, layer.served() as address:
            yield Served(layer=layer, stage=graph.stage, graph=graph, address=address)


async def _send(socket: ClientConnection, message: object) -> None:
    await socket.send(json.dumps(message))


async def _receive(socket: ClientConnection) -> dict[str, object]:
    frame = await asyncio.wait_for(socket.recv(), 20)
    assert isinstance(frame, str), "frames must be text"
    message: dict[str, object] = json.loads(frame)
    return message


def _next(operation_id: str, seq: int) -> dict[str, object]:
    return {"id": operation_id, "type": "next", "payload": {"data": {"seq": seq}}}


async def test_each_operation_gets_the_shared_result_under_its_own_id(served: Served) -> None:
    async with served.socket("a", 'quote " and ü') as one, served.socket("1") as other:
        served.stage.happen()
        assert [await _receive(one) for _ in range(2)] == [_next("a", 1), _next('quote " and ü', 1)]
        assert await _receive(other) == _next("1", 1)
    assert served.stage.execution.batches == [[1]]


async def test_a_completed_operation_is_silent_and_its_id_free(served: Served) -> None:
    async with served.socket("a") as socket:
        await _send(socket, {"type": "complete", "id": "a"})
        await _send(socket, {"type": "ping"})
        assert await _receive(socket) == {"type": "pong"}
        served.stage.happen()
        await served.subscribe(socket, "a")
        served.stage.happen()
        assert await _receive(socket) == _next("a", 2)


async def test_an_id_in_use_closes_the_socket(served: Served) -> None:
    async with served.socket("a") as socket:
        query = {"query": "subscription { live }"}
        await _send(socket, {"type": "subscribe", "id": "a", "payload": query})
        await asyncio.wait_for(socket.wait_closed(), 10)
        assert socket.close_code == 4409


async def test_a_removed_member_is_told_and_the_socket_stays(served: Served) -> None:
    async with served.socket("a") as socket:
        del served.stage.memberships.role_by_user_id[ADA]
        served.stage.happen(kind=ProjectEventKind.MEMBER_REMOVED)
        served.stage.happen()
        message = await _receive(socket)
        assert (message["id"], message["type"]) == ("a", "error")
        assert "FORBIDDEN" in str(message["payload"])
        await _send(socket, {"type": "ping"})
        assert await _receive(socket) == {"type": "pong"}


async def test_a_socket_that_goes_away_leaves_its_groups(served: Served) -> None:
    async with served.socket("a", "b"):
        pass
    async with served.socket("a") as socket:
        served.stage.happen()
        assert await _receive(socket) == _next("a", 1)
    followers = "taskwire_subscriptions"
    async with asyncio.timeout(10):
        while REGISTRY.get_sample_value(followers, {"field": "projectEvents"}):  # noqa: ASYNC110
            await asyncio.sleep(0)  # a metric has nothing to wait for


async def test_a_reader_that_stops_holds_nobody_up_and_takes_little_memory(served: Served) -> None:
    served.stage.execution.filler = "x" * 25_000
    async with served.socket("stalled") as stalled, served.socket("quick") as quick:
        seqs: list[object] = []
        most_queued = 0.0
        for first in range(0, EVENTS, 20):
            served.stage.happen(20)
            seqs += [_seq(await _receive(quick)) for _ in range(20)]
            queued = REGISTRY.get_sample_value("taskwire_live_queued_messages") or 0.0
            most_queued = max(most_queued, queued)
            assert len(seqs) == first + 20
        assert seqs == list(range(1, EVENTS + 1))
        assert 0 < most_queued <= 2 * 16
        late: list[object] = []
        while not late or late[-1] != EVENTS:
            late.append(_seq(await _receive(stalled)))
    # What the kernel and the queue held, a word that events were missed, and what came after.
    held = late[:-1]
    assert held == list(range(1, len(held) + 1))
    assert 0 < len(held) < EVENTS - LIMITS.lag_events


def _seq(message: dict[str, object]) -> object:
    payload = message["payload"]
    assert isinstance(payload, dict)
    return payload["data"]["seq"]
