"""Other people's clients follow a project, lose their connection, and resume where they were."""

import asyncio
import json
from collections.abc import AsyncGenerator

import pytest
from gql import Client, GraphQLRequest, gql
from gql.transport.exceptions import TransportError
from gql.transport.websockets import WebsocketsTransport

from tests.clients.conftest import Board
from tests.clients.dropping_proxy import DroppingProxy
from tests.clients.programs import running
from tests.whole_stack import WholeStack

pytestmark = pytest.mark.stack

_FOLLOW = gql(
    """subscription Follow($projectId: ID!, $after: Cursor) {
      projectEvents(projectId: $projectId, after: $after) {
        ... on ProjectEvent { seq cursor }
      }
    }"""
)


@pytest.mark.parametrize(
    "program",
    [
        "graphql-ws.mjs",
        "graphql-sse.mjs",
        "apollo-client.mjs",
        "urql.mjs",
        "urql-fetch.mjs",
    ],
)
async def test_a_client_resumes_after_a_lost_connection_without_loss_or_duplicate(
    stack: WholeStack, board: Board, program: str
) -> None:
    async with DroppingProxy(stack.url).running() as proxy:
        wanted = {
            "url": proxy.url,
            "token": board.client.token,
            "projectId": board.project_id,
            "after": board.cursor,
        }
        async with running(program, json.dumps(wanted)) as client:
            await board.change("one")
            assert await client.next_event() == {"seq": board.last_seq + 1, "title": "one"}
            proxy.drop()
            for title in ("two", "three", "four"):
                await board.change(title)
            proxy.restore()
            await board.change("five")
            for number, title in enumerate(("two", "three", "four", "five"), start=2):
                expected = {"seq": board.last_seq + number, "title": title}
                assert await client.next_event() == expected
            await board.change("six")
            assert await client.next_event() == {"seq": board.last_seq + 6, "title": "six"}
        assert proxy.accepted > 1


async def test_the_python_client_resumes_after_a_lost_connection_without_loss_or_duplicate(
    stack: WholeStack, board: Board
) -> None:
    async with DroppingProxy(stack.url).running() as proxy:
        seqs = _followed(f"{proxy.url.replace('http', 'ws')}/graphql", board)
        async with asyncio.timeout(60):
            await board.change("one")
            assert await anext(seqs) == board.last_seq + 1
            proxy.drop()
            for title in ("two", "three", "four"):
                await board.change(title)
            proxy.restore()
            await board.change("five")
            seen = [await anext(seqs) for _ in range(4)]
            assert seen == [board.last_seq + number for number in range(2, 6)]
            await board.change("six")
            assert await anext(seqs) == board.last_seq + 6
        await seqs.aclose()
        assert proxy.accepted > 1


async def _followed(url: str, board: Board) -> AsyncGenerator[int, None]:
    """The seqs that gql sees, through one subscription after the other."""
    transport = WebsocketsTransport(
        url=url, init_payload={"authorization": f"Bearer {board.client.token}"}
    )
    client = Client(transport=transport)
    cursor = board.cursor
    session = await client.connect_async(reconnecting=True, retry_connect=True)  # type: ignore[no-untyped-call]
    try:
        while True:
            variables = {"projectId": board.project_id, "after": cursor}
            try:
                async for data in session.subscribe(
                    GraphQLRequest(_FOLLOW, variable_values=variables)
                ):
                    cursor = data["projectEvents"]["cursor"]
                    yield data["projectEvents"]["seq"]
            except TransportError:
                # The session connects again by itself; until it has, subscribing fails.
                await asyncio.sleep(0.05)
    finally:
        await client.close_async()  # type: ignore[no-untyped-call]
