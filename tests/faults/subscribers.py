"""Subscribers as real clients are: they notice silence, come back with jitter and resume."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from graph.scalars import decode_cursor
from tests.faults.frames import FrameClient
from tests.faults.journals import Journal

EVENTS: Final = """subscription($projectId: ID!, $after: Cursor) {
  projectEvents(projectId: $projectId, after: $after) {
    __typename
    ... on ProjectEvent { id seq cursor occurredAt kind taskId clientMutationId }
    ... on ResyncRequired { reason cursor }
  }
}"""
# What a board asks: the task as it is now, which has to be read from the database.
BOARD_EVENTS: Final = EVENTS.replace("taskId", "taskId task { id title column { id } }")

_FIRST_PAUSE_SECONDS: Final = 0.25
_LONGEST_PAUSE_SECONDS: Final = 2.0
_CHECK_SECONDS: Final = 1.0
# Idle for so long it asks whether the server is there, and for so long it waits for an answer.
_IDLE_SECONDS: Final = 3.0
_SILENCE_SECONDS: Final = 6.0


class Subscriber:
    """One websocket at a time, to any of the ports, with a subscription for each journal."""

    def __init__(
        self,
        *,
        journal_by_project_id: Mapping[str, Journal],
        ports: Sequence[int],
        token: str,
        seed: int,
        document: str = EVENTS,
    ) -> None:
        self._journals = journal_by_project_id
        self._ports = ports
        self._authorization = f"Bearer {token}"
        self._random = random.Random(seed)  # noqa: S311 - a seeded run is to be repeatable
        self._document = document
        self._client: FrameClient | None = None
        self._pause_seconds = _FIRST_PAUSE_SECONDS
        self._is_paused = False
        self.connections = 0
        # What ended a subscription or an event, by code.
        self.errors: Counter[str] = Counter()

    @property
    def journals(self) -> Sequence[Journal]:
        """What was seen, per project."""
        return tuple(self._journals.values())

    async def run(self) -> None:
        """Stay subscribed until cancelled."""
        while True:
            try:
                client = await FrameClient.connect(self._random.choice(self._ports), self._receive)
            except (OSError, TimeoutError):
                await self._pause()
                continue
            self._client = client
            try:
                await self._stay(client)
            finally:
                client.abort()
            await self._pause()

    def drop(self) -> None:
        """Lose the connection."""
        if self._client is not None:
            self._client.abort()

    def stop_reading(self) -> None:
        """Leave what comes in the socket."""
        self._is_paused = True
        if self._client is not None:
            self._client.pause()

    def read_again(self) -> None:
        """Go on where reading stopped."""
        self._is_paused = False
        if self._client is not None:
            self._client.resume()

    async def _pause(self) -> None:
        await asyncio.sleep(self._pause_seconds * self._random.uniform(0.5, 1.5))
        self._pause_seconds = min(self._pause_seconds * 2, _LONGEST_PAUSE_SECONDS)

    async def _stay(self, client: FrameClient) -> None:
        """Return when the connection is closed or silent."""
        payload = {"authorization": self._authorization}
        client.send(orjson.dumps({"type": "connection_init", "payload": payload}))
        clock = asyncio.get_running_loop().time
        while not client.closed.done():
            await asyncio.wait({client.closed}, timeout=_CHECK_SECONDS)
            if self._is_paused:
                continue
            silence = clock() - client.heard_at
            if silence > _SILENCE_SECONDS:
                self.errors["silence"] += 1
                return
            if silence > _IDLE_SECONDS:
                client.send(b'{"type":"ping"}')

    def _receive(self, text: bytes) -> None:
        message = orjson.loads(text)
        match message["type"]:
            case "next":
                self._take(message["id"], message["payload"])
            case "connection_ack":
                self.connections += 1
                self._subscribe()
            case "ping":
                self._send(b'{"type":"pong"}')
            case "pong":
                pass
            case "error":
                self._fail([error["extensions"]["code"] for error in message["payload"]])
            case kind:
                self._fail([kind])

    def _subscribe(self) -> None:
        for project_id, journal in self._journals.items():
            variables = {"projectId": project_id, "after": journal.cursor}
            payload = {"query": self._document, "variables": variables}
            message = {"id": project_id, "type": "subscribe", "payload": payload}
            self._send(orjson.dumps(message))

    def _send(self, text: bytes) -> None:
        assert self._client is not None
        self._client.send(text)

    def _take(self, project_id: str, payload: Mapping[str, Any]) -> None:
        update = (payload.get("data") or {}).get("projectEvents")
        if update is None:
            self._fail([error["extensions"]["code"] for error in payload["errors"]])
            return
        journal = self._journals[project_id]
        if update["__typename"] == "ResyncRequired":
            cursor = update["cursor"]
            journal.resync(update["reason"], seq=decode_cursor(cursor).seq, cursor=cursor)
        else:
            journal.take(update)
            self._pause_seconds = _FIRST_PAUSE_SECONDS
        for error in payload.get("errors", ()):
            self.errors[f"partial {error['extensions']['code']}"] += 1

    def _fail(self, codes: Sequence[str]) -> None:
        """Begin anew behind what was seen, as a client does when a subscription ends in error."""
        self.errors.update(codes)
        # What is still in the buffer belongs to a subscription that is over.
        self.drop()
