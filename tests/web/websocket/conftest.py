from collections.abc import AsyncIterator

import pytest

from tests.raw_websocket import RawSocket, websocket
from tests.web.harness import WebLayer, a_web_layer


@pytest.fixture
async def layer() -> AsyncIterator[WebLayer]:
    async with a_web_layer(max_body_bytes=100_000) as made:
        yield made


@pytest.fixture(scope="session")
async def server() -> AsyncIterator[str]:
    """The host and port of a server for all tests that leave nothing behind."""
    async with a_web_layer(max_body_bytes=100_000) as made, made.served() as address:
        yield address


@pytest.fixture
async def socket(server: str) -> AsyncIterator[RawSocket]:
    """A websocket to the shared server, on which nothing has been said."""
    async with websocket(server) as opened:
        yield opened


@pytest.fixture
async def ready(socket: RawSocket) -> RawSocket:
    """A websocket to the shared server, acknowledged and signed in as nobody."""
    await socket.initialise()
    return socket
