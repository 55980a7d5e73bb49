"""People who change boards through the API, and try again until they are answered."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import httpx

from graph.scalars import decode_cursor

_CREATE: Final = """mutation($input: TaskCreateInput!) {
  change: taskCreate(input: $input) { cursor errors { code message } } }"""
_UPDATE: Final = """mutation($input: TaskUpdateInput!) {
  change: taskUpdate(input: $input) { cursor errors { code message } } }"""
_MOVE: Final = """mutation($input: TaskMoveInput!) {
  change: taskMove(input: $input) { cursor errors { code message } } }"""
_COMMENT: Final = """mutation($input: CommentCreateInput!) {
  change: commentCreate(input: $input) { cursor errors { code message } } }"""

_ANSWER_SECONDS: Final = 6.0
_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 1.0
_GIVE_UP_SECONDS: Final = 60.0
_HTTP_OK: Final = 200
_TASKS_MIN: Final = 3
# Below the first a task is made, below the second renamed, below the third moved.
_CREATES, _UPDATES, _MOVES = 0.05, 0.45, 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A project to write to."""

    project_id: str
    column_ids: Sequence[str]
    cursor: str

    @property
    def seq(self) -> int:
        """The last event that was there when the board was read."""
        return decode_cursor(self.cursor).seq


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """A change the server has said is made; `kind` is that of its event."""

    project_id: str
    client_mutation_id: str
    kind: str
    seq: int


class Writer:
    """Changes tasks of its own, one after the other, so that it knows how they must be."""

    def __init__(
        self, *, board: Board, ports: Sequence[int], token: str, seed: int, per_second: float
    ) -> None:
        self._board = board
        self._ports = ports
        self._headers = {"authorization": f"Bearer {token}"}
        self._random = random.Random(seed)  # noqa: S311 - a seeded run is to be repeatable
        self._per_second = per_second
        self._column_by_task_id: dict[str, int] = {}
        self._clients: dict[int, httpx.AsyncClient] = {}
        self._is_stopping = asyncio.Event()
        self.title_by_task_id: dict[str, str] = {}
        self.acknowledged: list[Acknowledged] = []
        self.refused: list[str] = []
        # Sent, and nobody knows what came of it.
        self.unanswered: list[str] = []
        self.retries: Counter[str] = Counter()

    def stop(self) -> None:
        """Let run return when the change in flight is answered."""
        self._is_stopping.set()

    async def run(self) -> None:
        """Write until stopped."""
        while not self._is_stopping.is_set():
            await self._write()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._random.expovariate(self._per_second)):
                    await self._is_stopping.wait()

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.aclose()

    async def _write(self) -> None:
        chance = self._random.random()
        if len(self._column_by_task_id) < _TASKS_MIN or chance < _CREATES:
            await self._create()
            return
        task_id = self._random.choice(list(self._column_by_task_id))
        if chance < _UPDATES:
            await self._update(task_id)
        elif chance < _MOVES:
            await self._move(task_id)
        else:
            fields = {"taskId": task_id, "body": f"Said {len(self.acknowledged)}"}
            await self._change(_COMMENT, "COMMENT_CREATED", fields)

    async def _create(self) -> None:
        task_id, board = self._new_id(), self._board
        title = f"{task_id} new"
        fields = {
            "id": task_id,
            "projectId": board.project_id,
            "columnId": board.column_ids[0],
            "title": title,
        }
        if await self._change(_CREATE, "TASK_CREATED", fields):
            self._column_by_task_id[task_id] = 0
            self.title_by_task_id[task_id] = title

    async def _update(self, task_id: str) -> None:
        title = f"{task_id} {len(self.acknowledged)}"
        if await self._change(_UPDATE, "TASK_UPDATED", {"taskId": task_id, "title": title}):
            self.title_by_task_id[task_id] = title
        else:
            self._forget(task_id)

    async def _move(self, task_id: str) -> None:
        column = (self._column_by_task_id[task_id] + 1) % len(self._board.column_ids)
        fields = {"taskId": task_id, "columnId": self._board.column_ids[column]}
        if await self._change(_MOVE, "TASK_MOVED", fields):
            self._column_by_task_id[task_id] = column
        else:
            self._forget(task_id)

    def _new_id(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def _forget(self, task_id: str) -> None:
        """Leave a task alone of which it is not known how it is."""
        del self._column_by_task_id[task_id]
        del self.title_by_task_id[task_id]

    async def _change(self, document: str, kind: str, fields: Mapping[str, str]) -> bool:
        """Ask until there is an answer, with one key; say whether the change was made."""
        mutation_id = self._new_id()
        keys = {"idempotencyKey": mutation_id, "clientMutationId": mutation_id}
        body = {"query": document, "variables": {"input": {**fields, **keys}}}
        pause = _FIRST_PAUSE_SECONDS
        clock = asyncio.get_running_loop().time
        deadline = clock() + _GIVE_UP_SECONDS
        while clock() < deadline:
            change = await self._ask(body)
            if change is None:
                await asyncio.sleep(pause * self._random.uniform(0.5, 1.5))
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
                continue
            if change["errors"]:
                self.refused.append(f"{kind}: {change['errors']}")
                return False
            self.acknowledged.append(
                Acknowledged(
                    project_id=self._board.project_id,
                    client_mutation_id=mutation_id,
                    kind=kind,
                    seq=decode_cursor(change["cursor"]).seq,
                )
            )
            return True
        self.unanswered.append(mutation_id)
        return False

    async def _ask(self, body: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The payload of the mutation, or None when it has to be asked again."""
        client = self._client(self._random.choice(self._ports))
        try:
            answer = await client.post("/graphql", json=body, headers=self._headers)
        except httpx.TransportError as error:
            self.retries[type(error).__name__] += 1
            return None
        if answer.status_code != _HTTP_OK:
            self.retries[f"status {answer.status_code}"] += 1
            return None
        parsed = answer.json()
        if parsed.get("errors"):
            self.retries[str(parsed["errors"][0]["extensions"]["code"])] += 1
            return None
        change: Mapping[str, Any] = parsed["data"]["change"]
        return change

    def _client(self, port: int) -> httpx.AsyncClient:
        client = self._clients.get(port)
        if client is None:
            client = self._clients[port] = httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}", timeout=_ANSWER_SECONDS, trust_env=False
            )
        return client
