from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from web.http.direct_routes import DirectRoutes


class _Endpoint:
    """Says by which way the request came."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        way = "the router" if "endpoint" in scope else "direct"
        await PlainTextResponse(f"{scope['method']} by {way}")(scope, receive, send)


async def _function(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("a function")


async def _websocket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("a websocket")
    await websocket.close()


@pytest.fixture
def application() -> Starlette:
    return Starlette(
        routes=[
            WebSocketRoute("/direct", _websocket),
            Route("/direct", _Endpoint()),
            Route("/function", _function),
            Route("/named/{name}", _Endpoint()),
            Route("/only-get", _Endpoint(), methods=["GET"]),
        ],
        middleware=[Middleware(DirectRoutes)],
    )


@pytest.fixture
async def client(application: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/direct", "GET by direct"),
        ("/function", "a function"),
        ("/named/ada", "GET by the router"),
        ("/only-get", "GET by the router"),
    ],
)
async def test_applications_at_a_path_of_their_own_are_reached_past_the_router(
    client: httpx.AsyncClient, path: str, said: str
) -> None:
    assert (await client.get(path)).text == said


async def test_every_method_reaches_an_application(client: httpx.AsyncClient) -> None:
    assert (await client.delete("/direct")).text == "DELETE by direct"


async def test_what_has_no_route_is_the_routers_to_answer(client: httpx.AsyncClient) -> None:
    assert (await client.get("/nowhere")).status_code == 404
    assert (await client.post("/only-get")).status_code == 405
    assert (await client.get("/direct/")).status_code == 307


async def test_websockets_at_the_same_path_go_through_the_router(application: Starlette) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/direct", "headers": [], "subprotocols": []}
    await application(scope, receive, send)
    assert [message["type"] for message in sent] == [
        "websocket.accept",
        "websocket.send",
        "websocket.close",
    ]
