"""What every answer has, and what the server says of its own state."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from infra.settings import Environment
from tests.web.harness import WebLayer, a_web_layer
from web.http.health import Check

ORIGIN = "https://tasks.example"


@pytest.fixture
async def layer() -> AsyncIterator[WebLayer]:
    async with a_web_layer(allowed_origins=(ORIGIN,)) as made:
        yield made


async def _down() -> None:
    raise ConnectionRefusedError("db.internal:5432 said no to password hunter2")


def _check(works: Check, layer: WebLayer, name: str = "postgres") -> None:
    layer.checks[name] = works


@pytest.mark.parametrize("path", ["/livez", "/graphql", "/", "/auth/demo", "/nonsense.txt"])
async def test_every_answer_tells_browsers_how_little_it_may_do(layer: WebLayer, path: str) -> None:
    async with layer.http() as client:
        response = await client.get(path)
    policy = response.headers["content-security-policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "connect-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "same-origin"
    assert response.headers["x-request-id"]
    assert "server" not in response.headers
    assert "strict-transport-security" not in response.headers


async def test_production_insists_on_https(layer: WebLayer) -> None:
    layer.settings = layer.settings.model_copy(update={"environment": Environment.PROD})
    async with layer.http() as client:
        response = await client.get("/livez")
    assert "max-age=31536000" in response.headers["strict-transport-security"]


async def test_an_allowed_origin_may_ask_and_read(layer: WebLayer) -> None:
    async with layer.http() as client:
        preflight = await client.options(
            "/graphql",
            headers={
                "origin": ORIGIN,
                "access-control-request-method": "POST",
                "access-control-request-headers": "authorization,content-type",
            },
        )
        answer = await client.post("/graphql", json={"query": "{ a }"}, headers={"origin": ORIGIN})
    assert preflight.status_code == 200
    for response in (preflight, answer):
        assert response.headers["access-control-allow-origin"] == ORIGIN
        assert response.headers["access-control-allow-credentials"] == "true"


async def test_another_origin_gets_no_permission(layer: WebLayer) -> None:
    async with layer.http() as client:
        preflight = await client.options(
            "/graphql",
            headers={"origin": "https://evil.example", "access-control-request-method": "POST"},
        )
        answer = await client.post(
            "/graphql", json={"query": "{ a }"}, headers={"origin": "https://evil.example"}
        )
    assert preflight.status_code == 400
    assert "access-control-allow-origin" not in answer.headers


async def test_any_origin_never_comes_with_credentials() -> None:
    async with a_web_layer(allowed_origins=("*",)) as layer, layer.http() as client:
        response = await client.get("/livez", headers={"origin": "https://any.example"})
    assert response.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in response.headers


async def test_it_lives_whatever_it_needs_is_down(layer: WebLayer) -> None:
    _check(_down, layer)
    async with layer.http() as client:
        response = await client.get("/livez")
    assert response.json() == {"status": "ok"}


async def test_it_is_ready_when_everything_is_up(layer: WebLayer) -> None:
    async with layer.http() as client:
        response = await client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["status"] == "ready"


async def test_it_is_unready_without_what_it_requires_and_keeps_its_secrets(
    layer: WebLayer,
) -> None:
    _check(_down, layer)
    async with layer.http() as client:
        response = await client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {
        "status": "unready",
        "dependencies": {"postgres": {"status": "down", "reason": "ConnectionRefusedError"}},
    }


async def test_it_is_degraded_without_what_only_makes_it_quick(layer: WebLayer) -> None:
    layer.optional_checks["redis"] = _down
    async with layer.http() as client:
        response = await client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["status"] == "degraded"


async def test_it_is_unready_while_it_drains(layer: WebLayer) -> None:
    async with layer.http() as client:
        layer.health.begin_draining()
        response = await client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["status"] == "draining"


async def test_the_schema_is_served_as_text(layer: WebLayer) -> None:
    async with layer.http() as client:
        response = await client.get("/schema.graphql")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.text == "type Query { viewer: String }\n"


async def test_the_metrics_move_to_a_port_of_their_own() -> None:
    async with a_web_layer() as layer, layer.http() as client:
        assert "taskwire_websocket_connections" in (await client.get("/metrics")).text
    async with a_web_layer(metrics_port=9464) as layer, layer.http() as client:
        response = await client.get("/metrics")
    # The client's page, which is not built here.
    assert response.status_code == 503


async def test_a_bug_outside_the_graph_is_masked_and_can_be_found_in_the_log(
    layer: WebLayer, caplog: pytest.LogCaptureFixture
) -> None:
    application = layer.application()

    async def broken(_request: Request) -> Response:
        raise RuntimeError("a secret of the implementation")

    application.add_route("/broken", broken)
    application.router.routes.insert(0, application.router.routes.pop())
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://taskwire.test") as client:
        response = await client.get("/broken")
    assert response.status_code == 500
    error = response.json()["error"]
    assert error["code"] == "INTERNAL"
    assert "secret" not in response.text
    assert error["errorId"] in caplog.text
