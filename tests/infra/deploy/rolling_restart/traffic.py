"""Clients of a board: some change it, many watch it and come back when they are sent away."""

import asyncio
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

PROTOCOL = Subprotocol("graphql-transport-ws")
_CREATE = """mutation($input: TaskCreateInput!) {
  taskCreate(input: $input) { cursor errors { code message } }
}"""
_READ = """query($id: ID!) { project(id: $id) { cursor columns { id tasks { totalCount } } } }"""
_WATCH = """subscription($projectId: ID!, $after: Cursor) {
  projectEvents(projectId: $projectId, after: $after) {
    __typename
    ... on ProjectEvent { seq cursor }
  }
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A board, and a token that may change it."""

    url: str
    token: str
    project_id: str
    column_id: str

    @property
    def headers(self) -> Mapping[str, str]:
        return {"authorization": f"Bearer {self.token}"}


@dataclass(slots=True)
class Requests:
    """What came of the requests: how many were answered, and what went wrong."""

    answered: int = 0
    failures: list[str] = field(default_factory=list)

    def count(self, response: httpx.Response) -> None:
        """Take an answer down."""
        if response.status_code != httpx.codes.OK or response.json().get("errors"):
            self.failures.append(f"{response.status_code}: {response.text[:200]}")
        self.answered += 1


async def send_requests(
    board: Board, requests: Requests, stop: asyncio.Event, *, pause_seconds: float
) -> None:
    """Change and read the board over a kept-alive connection until told to stop."""
    async with httpx.AsyncClient(
        base_url=board.url, headers=board.headers, timeout=30, trust_env=False
    ) as client:
        number = 0
        while not stop.is_set():
            number += 1
            created = {"projectId": board.project_id, "columnId": board.column_id}
            for query, variables in (
                (_CREATE, {"input": {**created, "title": f"Task {number}"}}),
                (_READ, {"id": board.project_id}),
            ):
                try:
                    requests.count(
                        await client.post("/graphql", json={"query": query, "variables": variables})
                    )
                except httpx.HTTPError as error:
                    requests.failures.append(repr(error))
            await asyncio.sleep(pause_seconds)


class Watcher:
    """Somebody who looks at the board, over one websocket at a time.

    `seqs` is what was seen, `refusals` which connections failed, `closes` with which codes the
    server sent them away.
    """

    def __init__(self, board: Board, *, after: str) -> None:
        self._board = board
        self._cursor = after
        self.seqs: list[int] = []
        self.refusals: list[str] = []
        self.closes: list[int] = []
        self.is_watching = asyncio.Event()
        self._news = asyncio.Condition()

    async def wait_until_seen(self, seq: int) -> None:
        """Wait until the event, or a later one, has come."""
        async with self._news:
            await self._news.wait_for(lambda: bool(self.seqs) and self.seqs[-1] >= seq)

    async def watch(self, *, after_seconds: float) -> None:
        """Watch until cancelled; a closed connection is followed by another, from the cursor on."""
        await asyncio.sleep(after_seconds)
        while True:
            try:
                await self._watch_once()
            except InvalidStatus as refusal:
                self.refusals.append(f"status {refusal.response.status_code}")
            except OSError as error:
                self.refusals.append(repr(error))
            except ConnectionClosed as closed:
                self.closes.append(closed.rcvd.code if closed.rcvd is not None else 1006)
            # As clients do, so that they do not come back all at once.
            await asyncio.sleep(random.uniform(0.05, 0.5))  # noqa: S311 - no secret

    async def _watch_once(self) -> None:
        address = self._board.url.replace("http", "ws", 1) + "/graphql"
        async with connect(
            address, subprotocols=[PROTOCOL], compression=None, open_timeout=30, proxy=None
        ) as socket:
            await self._subscribe(socket)
            while True:
                message = json.loads(await socket.recv())
                if message["type"] == "next":
                    await self._take(message["payload"])

    async def _subscribe(self, socket: ClientConnection) -> None:
        await socket.send(json.dumps({"type": "connection_init", "payload": self._board.headers}))
        acknowledged = json.loads(await socket.recv())
        assert acknowledged["type"] == "connection_ack", acknowledged
        variables = {"projectId": self._board.project_id, "after": self._cursor}
        payload = {"query": _WATCH, "variables": variables}
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        self.is_watching.set()

    async def _take(self, payload: dict[str, Any]) -> None:
        update = payload["data"]["projectEvents"]
        assert update["__typename"] == "ProjectEvent", payload
        self.seqs.append(update["seq"])
        self._cursor = update["cursor"]
        async with self._news:
            self._news.notify_all()
