"""Raw sockets to a web layer, and the messages tests expect on them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.raw_websocket import RawSocket, websocket
from tests.web.harness import WebLayer
from web.websocket.connection import ConnectionLimits

QUICK = ConnectionLimits(
    initialisation_seconds=0.1,
    operations_max=3,
    execution_seconds=0.1,
    stalled_seconds=0.2,
    closing_seconds=0.2,
)


@asynccontextmanager
async def new_socket(layer: WebLayer, **headers: str) -> AsyncIterator[RawSocket]:
    """A websocket to a server of its own, on which nothing has been said."""
    async with layer.served() as address, websocket(address, **headers) as socket:
        yield socket


@asynccontextmanager
async def ready_socket(layer: WebLayer, token: str | None = None) -> AsyncIterator[RawSocket]:
    """A websocket to a server of its own, acknowledged."""
    async with new_socket(layer) as socket:
        await socket.initialise(token)
        yield socket


def result(operation_id: str, **data: object) -> dict[str, object]:
    """A `next` with this data."""
    return {"id": operation_id, "type": "next", "payload": {"data": data}}


def complete(operation_id: str) -> dict[str, object]:
    """A `complete`."""
    return {"id": operation_id, "type": "complete"}


async def require_alive(socket: RawSocket) -> None:
    """Fail unless the server still executes operations on this socket."""
    socket.subscribe("{ a }", "alive")
    assert (await socket.receive())["type"] == "next"
    assert await socket.receive() == complete("alive")


async def error_code(socket: RawSocket, operation_id: str = "1") -> str:
    """The code of the error that is the next message."""
    message = await socket.receive()
    assert (message["type"], message["id"]) == ("error", operation_id), message
    [error] = message["payload"]
    assert error["message"]
    return str(error["extensions"]["code"])
