"""Strawberry's own websocket handler: `python -m tests.performance.fanout.peers.stock_strawberry`.

What a team has that follows the documentation: a resolver that is an asynchronous generator,
and a queue for each subscriber. `POST /change` publishes one event, which is all in memory.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime
from typing import Annotated, Final
from uuid import uuid4

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from strawberry.asgi import GraphQL
from strawberry.scalars import JSON

_QUEUE_EVENTS: Final = 1_024


@strawberry.type
class User:
    """A person."""

    id: strawberry.ID
    name: str


@strawberry.type
class Column:
    """A column of a board."""

    id: strawberry.ID


@strawberry.type
class Label:
    """A label."""

    id: strawberry.ID
    name: str
    color: str


@strawberry.type
class Task:
    """A task."""

    id: strawberry.ID
    key: str
    title: str
    priority: str
    position: str
    due_date: date | None
    version: int
    column: Column
    assignee: User | None
    labels: list[Label]
    comment_count: int


@strawberry.type
class FieldChange:
    """What a field was and is."""

    field: str
    before: JSON | None
    after: JSON | None


@strawberry.type
class ProjectEvent:
    """A change."""

    seq: int
    occurred_at: datetime
    kind: str
    task_id: strawberry.ID
    actor: User
    changes: list[FieldChange]
    task: Task


@strawberry.type
class ResyncRequired:
    """The state has to be read again."""

    reason: str
    cursor: str


ProjectUpdate = Annotated[ProjectEvent | ResyncRequired, strawberry.union("ProjectUpdate")]


class Publisher:
    """Events from memory, to a queue for each subscriber."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[ProjectEvent]] = set()
        self._ids = [strawberry.ID(str(uuid4())) for _ in range(3)]
        self._seq = 0

    async def follow(self) -> AsyncGenerator[ProjectEvent, None]:
        """Every event from now on."""
        queue: asyncio.Queue[ProjectEvent] = asyncio.Queue(_QUEUE_EVENTS)
        self._queues.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._queues.discard(queue)

    def publish(self) -> None:
        """Make one event and give it to all."""
        self._seq += 1
        event = self._event()
        for queue in self._queues:
            queue.put_nowait(event)

    def _event(self) -> ProjectEvent:
        task_id, column_id, actor_id = self._ids
        before, title = f"Watched {self._seq - 1}", f"Watched {self._seq}"
        task = Task(
            id=task_id,
            key="FAN0-1",
            title=title,
            priority="NONE",
            position="a0",
            due_date=None,
            version=self._seq,
            column=Column(id=column_id),
            assignee=None,
            labels=[],
            comment_count=0,
        )
        return ProjectEvent(
            seq=self._seq,
            occurred_at=datetime.now(UTC),
            kind="TASK_UPDATED",
            task_id=task_id,
            actor=User(id=actor_id, name="Watcher"),
            changes=[FieldChange(field="title", before=JSON(before), after=JSON(title))],
            task=task,
        )


def application() -> Starlette:
    """The server."""
    publisher = Publisher()

    @strawberry.type
    class Query:
        @strawberry.field
        def seq(self) -> int:
            return 0

    @strawberry.type
    class Subscription:
        @strawberry.subscription
        async def project_events(
            self, project_id: strawberry.ID
        ) -> AsyncGenerator[ProjectUpdate, None]:
            del project_id
            async for event in publisher.follow():
                yield event

    async def change(_: Request) -> Response:
        publisher.publish()
        return Response(status_code=204)

    async def readyz(_: Request) -> Response:
        return Response()

    graphql = GraphQL[object, object](strawberry.Schema(Query, subscription=Subscription))
    return Starlette(
        routes=[
            Route("/change", change, methods=["POST"]),
            Route("/readyz", readyz),
            WebSocketRoute("/graphql", graphql),
        ]
    )


if __name__ == "__main__":
    # The fastest of uvicorn's, and nothing compressed, as at Taskwire.
    uvicorn.run(
        application(),
        port=int(sys.argv[1]),
        loop="uvloop",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        backlog=2048,
        log_level="warning",
    )
