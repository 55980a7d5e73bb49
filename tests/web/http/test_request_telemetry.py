"""Requests as operators see them: ids, routes, metrics, probes."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from prometheus_client import REGISTRY
from starlette.types import Message, Receive, Scope, Send

from tests.web.harness import WebLayer, a_web_layer, no_failure
from web.http.request_telemetry import RequestTelemetry


@pytest.fixture
async def layer() -> AsyncIterator[WebLayer]:
    async with a_web_layer() as made:
        yield made


async def _scrape(client: httpx.AsyncClient) -> str:
    return (await client.get("/metrics")).text


@pytest.mark.parametrize(
    ("path", "route", "status"),
    [
        ("/livez", "/livez", 200),
        ("/schema.graphql", "/schema.graphql", 200),
        ("/any/page/of/the/client", "static", 503),
    ],
)
async def test_a_request_counts_under_its_route(
    layer: WebLayer, path: str, route: str, status: int
) -> None:
    labels = {"method": "GET", "route": route, "status": str(status)}
    before = REGISTRY.get_sample_value("taskwire_http_requests_total", labels) or 0.0
    async with layer.http() as client:
        answer = await client.get(path)
        text = await _scrape(client)
    assert answer.status_code == status
    sample = f'taskwire_http_requests_total{{method="GET",route="{route}",status="{status}"}}'
    assert f"{sample} {before + 1}" in text
    assert f'taskwire_http_request_seconds_count{{method="GET",route="{route}"}}' in text


async def test_a_method_nobody_knows_is_one_of_the_others(layer: WebLayer) -> None:
    async with layer.http() as client:
        await client.request("BREW", "/livez")
        assert 'method="OTHER",route="/livez"' in await _scrape(client)


async def test_a_request_that_gets_no_answer_is_counted_as_given_up() -> None:
    class Application:
        routes = ()
        state = object()

    async def hang(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.get_running_loop().create_future()

    async def never(*_message: Message) -> Message:
        raise AssertionError

    middleware = RequestTelemetry(hang)
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/slow",
        "headers": [],
        "app": Application(),
    }
    task = asyncio.create_task(middleware(scope, never, never))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    middleware._tallies.hand_over()
    labels = {"method": "GET", "route": "static", "status": "499"}
    assert REGISTRY.get_sample_value("taskwire_http_requests_total", labels)


async def test_a_process_has_started_once_it_was_ready(layer: WebLayer) -> None:
    async def away() -> None:
        raise ConnectionRefusedError

    layer.checks = {"postgres": away}
    async with layer.http() as client:
        starting = await client.get("/startupz")
        layer.checks["postgres"] = no_failure
        ready = await client.get("/readyz")
        layer.checks["postgres"] = away
        started = await client.get("/startupz")
        unready = await client.get("/readyz")
    assert (starting.status_code, starting.json()["status"]) == (503, "starting")
    assert starting.json()["dependencies"]["postgres"]["reason"] == "ConnectionRefusedError"
    assert (ready.status_code, started.status_code, unready.status_code) == (200, 200, 503)


async def test_a_check_shows_in_the_gauge_of_its_dependency(layer: WebLayer) -> None:
    async def away() -> None:
        raise ConnectionRefusedError

    layer.optional_checks = {"kafka": away}
    async with layer.http() as client:
        assert (await client.get("/readyz")).json()["status"] == "degraded"
        text = await _scrape(client)
    assert 'taskwire_dependency_up{dependency="postgres"} 1.0' in text
    assert 'taskwire_dependency_up{dependency="kafka"} 0.0' in text
