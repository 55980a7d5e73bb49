"""The real thing: `taskwire up` on a data directory of its own, and a client for it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from infra.embedded.ports import free_ports

READY_SECONDS = 150.0
STOP_SECONDS = 30.0
DEMO_PASSWORD = "taskwire-demo"
PROGRAM = Path(sys.executable).parent / "taskwire"


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeStack:
    """A running stack. `pids` maps each child's name to its process."""

    url: str
    data_dir: Path
    process: subprocess.Popen[bytes]

    @property
    def state(self) -> dict[str, Any]:
        """What the stack wrote about itself."""
        text = (self.data_dir / "stack.json").read_text(encoding="utf-8")
        parsed: dict[str, Any] = json.loads(text)
        return parsed

    @property
    def environment(self) -> dict[str, str]:
        """What a command needs to find this stack."""
        return {**os.environ, "TASKWIRE_DATA_DIR": str(self.data_dir)}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command line of Taskwire against this stack."""
        return subprocess.run(  # noqa: S603 - our own program
            [PROGRAM, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@asynccontextmanager
async def whole_stack(data_dir: Path, **variables: str) -> AsyncIterator[WholeStack]:
    """`taskwire up` until the block ends; raise when it does not become ready."""
    [port] = free_ports(1)
    environment = {
        **os.environ,
        "TASKWIRE_DATA_DIR": str(data_dir),
        "TASKWIRE_PORT": str(port),
        **variables,
    }
    process = subprocess.Popen(  # noqa: ASYNC220, S603 - our own program; starting it is instant
        [PROGRAM, "up"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stack = WholeStack(url=f"http://127.0.0.1:{port}", data_dir=data_dir, process=process)
    try:
        await _wait_until_ready(stack)
        yield stack
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.wait, STOP_SECONDS)


async def _wait_until_ready(stack: WholeStack) -> None:
    async with httpx.AsyncClient(base_url=stack.url) as http, asyncio.timeout(READY_SECONDS):
        while True:
            if stack.process.poll() is not None:
                raise RuntimeError(f"the stack ended with {stack.process.returncode}")
            try:
                if (await http.get("/readyz")).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


class ApiClient:
    """A signed-in user of the API."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self._http = http
        self.token = token

    @classmethod
    @asynccontextmanager
    async def signed_in(
        cls, url: str, email: str, password: str = DEMO_PASSWORD
    ) -> AsyncIterator[Self]:
        """The user with this address and password."""
        async with httpx.AsyncClient(base_url=url, timeout=30) as http:
            answer = await http.post("/auth/login", json={"email": email, "password": password})
            answer.raise_for_status()
            yield cls(http, answer.json()["accessToken"])

    async def execute(
        self, query: str, *, headers: Mapping[str, str] | None = None, **variables: object
    ) -> dict[str, Any]:
        """The data of an operation; raise when it has top-level errors."""
        answer = await self._http.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"authorization": f"Bearer {self.token}", **(headers or {})},
        )
        body = answer.json()
        if body.get("errors"):
            raise AssertionError(body["errors"])
        data: dict[str, Any] = body["data"]
        return data

    @asynccontextmanager
    async def subscribed(self, query: str, **variables: object) -> AsyncIterator["Subscription"]:
        """A subscription over a websocket of its own, acknowledged by the server."""
        address = str(self._http.base_url).replace("http", "ws", 1).rstrip("/") + "/graphql"
        async with connect(
            address, subprotocols=[Subprotocol("graphql-transport-ws")], compression=None
        ) as socket:
            await socket.send(
                json.dumps(
                    {
                        "type": "connection_init",
                        "payload": {"authorization": f"Bearer {self.token}"},
                    }
                )
            )
            acknowledged = json.loads(await socket.recv())
            assert acknowledged["type"] == "connection_ack", acknowledged
            subscription = Subscription(socket)
            await subscription.start(query, variables)
            yield subscription


class Subscription:
    """The results of one subscription, one by one."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def start(self, query: str, variables: dict[str, Any]) -> None:
        """Send the operation."""
        payload = {"query": query, "variables": variables}
        message = {"id": str(uuid4()), "type": "subscribe", "payload": payload}
        await self._socket.send(json.dumps(message))

    async def next(self, seconds: float = 30) -> dict[str, Any]:
        """The next result's data; raise when the subscription errs or ends."""
        async with asyncio.timeout(seconds):
            while True:
                message = json.loads(await self._socket.recv())
                if message["type"] == "ping":
                    await self._socket.send(json.dumps({"type": "pong"}))
                    continue
                assert message["type"] == "next", message
                assert not message["payload"].get("errors"), message
                data: dict[str, Any] = message["payload"]["data"]
                return data
