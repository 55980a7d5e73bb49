"""The web server as a process of its own: on its port, with workers, to its end."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from infra.embedded.ports import free_ports
from infra.settings import Settings, variables_of
from tests.web.harness import SECRET_KEY, a_settings

ROOT = Path(__file__).parents[3]
PROTOCOL = Subprotocol("graphql-transport-ws")


@pytest.fixture
def settings(migrated_database: str, redis_url: str) -> Settings:
    port, metrics_port = free_ports(2)
    return a_settings(
        database_url=migrated_database,
        redis_url=redis_url,
        kafka_bootstrap="127.0.0.1:9",
        secret_key=SECRET_KEY,
        port=port,
        metrics_port=metrics_port,
    )


@asynccontextmanager
async def _running(settings: Settings) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "web.cli",
        "serve",
        env={**os.environ, **variables_of(settings)},
        cwd=ROOT,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _until_ready(settings: Settings) -> None:
    async with asyncio.timeout(60), httpx.AsyncClient(trust_env=False) as client:
        while not await _is_ready(client, settings):  # noqa: ASYNC110 - another process has no event
            await asyncio.sleep(0.1)


async def _is_ready(client: httpx.AsyncClient, settings: Settings) -> bool:
    try:
        response = await client.get(f"http://127.0.0.1:{settings.port}/readyz")
    except httpx.TransportError:
        return False
    return response.status_code == 200


@pytest.mark.parametrize("workers", [1, 2])
async def test_it_serves_until_it_is_told_to_stop_and_sends_its_sockets_away(
    settings: Settings, workers: int
) -> None:
    settings = settings.model_copy(update={"web_workers": workers})
    async with _running(settings) as process:
        await _until_ready(settings)
        async with httpx.AsyncClient(trust_env=False) as client:
            metrics = await client.get(f"http://127.0.0.1:{settings.metrics_port}/metrics")
            assert "taskwire_websocket_connections" in metrics.text
            assert "process_resident_memory_bytes" in metrics.text
            body = {"query": "{ __typename }"}
            answer = await client.post(f"http://127.0.0.1:{settings.port}/graphql", json=body)
            assert answer.json() == {"data": {"__typename": "Query"}}
        address = f"ws://127.0.0.1:{settings.port}/graphql"
        async with connect(address, subprotocols=[PROTOCOL], proxy=None) as socket:
            await socket.send('{"type":"connection_init"}')
            await socket.recv()
            process.terminate()
            await asyncio.wait_for(socket.wait_closed(), 10)
            assert (socket.close_code, socket.close_reason) == (1012, "Server is restarting")
        await asyncio.wait_for(process.wait(), 15)


async def test_it_gives_notice_and_serves_as_before_until_balancers_have_noticed(
    settings: Settings,
) -> None:
    settings = settings.model_copy(update={"drain_notice_seconds": 60})
    address = f"ws://127.0.0.1:{settings.port}/graphql"
    async with _running(settings) as process, httpx.AsyncClient(trust_env=False) as client:
        await _until_ready(settings)
        process.terminate()
        async with asyncio.timeout(30):
            while await _is_ready(client, settings):  # noqa: ASYNC110 - another process has no event
                await asyncio.sleep(0.05)
        ready = await client.get(f"http://127.0.0.1:{settings.port}/readyz")
        assert (ready.status_code, ready.json()["status"]) == (503, "draining")
        # There is no socket to send away, and new ones are welcome still.
        async with connect(address, subprotocols=[PROTOCOL], proxy=None) as socket:
            await socket.send('{"type":"connection_init"}')
            assert json.loads(await socket.recv()) == {"type": "connection_ack"}
        assert process.returncode is None


async def test_sockets_are_sent_away_in_a_spread_and_requests_are_served_meanwhile(
    settings: Settings,
) -> None:
    spread = 1.5
    settings = settings.model_copy(update={"drain_seconds": spread})
    address = f"ws://127.0.0.1:{settings.port}/graphql"
    clock = asyncio.get_running_loop().time
    async with _running(settings) as process, AsyncExitStack() as stack:
        await _until_ready(settings)
        sockets = [
            await stack.enter_async_context(
                connect(address, subprotocols=[PROTOCOL], proxy=None, compression=None)
            )
            for _ in range(100)
        ]
        for socket in sockets:
            await socket.send('{"type":"connection_init"}')
            await socket.recv()

        async def closed_at(socket: ClientConnection) -> float:
            await asyncio.wait_for(socket.wait_closed(), 15)
            assert socket.close_code == 1012
            return clock()

        process.terminate()
        closings = [asyncio.create_task(closed_at(socket)) for socket in sockets]
        await asyncio.wait(closings, return_when=asyncio.FIRST_COMPLETED)
        async with httpx.AsyncClient(trust_env=False) as client:
            ready = await client.get(f"http://127.0.0.1:{settings.port}/readyz")
            assert ready.json()["status"] == "draining"
            body = {"query": "{ __typename }"}
            answer = await client.post(f"http://127.0.0.1:{settings.port}/graphql", json=body)
            assert answer.json() == {"data": {"__typename": "Query"}}
        times = await asyncio.gather(*closings)
        # All at once, they would come back all at once.
        assert max(times) - min(times) > spread / 2
        assert await asyncio.wait_for(process.wait(), 15) == 0


async def test_a_worker_that_dies_is_replaced_and_none_outlives_its_parent(
    settings: Settings,
) -> None:
    settings = settings.model_copy(update={"web_workers": 2})
    async with _running(settings) as process:
        await _until_ready(settings)
        first, second = _children(process.pid)
        os.kill(first, signal.SIGKILL)
        await _until(lambda: len(_children(process.pid) - {first}) == 2)
        workers = _children(process.pid) | {second}
        process.kill()
        await _until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


async def test_a_port_that_is_taken_is_said_in_one_line(settings: Settings) -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        taken = server.sockets[0].getsockname()[1]
        async with _running(settings.model_copy(update={"port": taken})) as process:
            _, stderr = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1
    assert stderr.decode().splitlines() == [f"taskwire: Address already in use: 127.0.0.1:{taken}"]


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - another process has no event to await
            await asyncio.sleep(0.1)


def _children(pid: int) -> set[int]:
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
