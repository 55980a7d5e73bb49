"""People at work on the demo board, with the mistakes that people make."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.observed_stack.board import FOLLOW, MOVE, Board, the_board
from tests.whole_stack import ApiClient, Subscription, WholeStack

CREATE: Final = """
  mutation ObservedCreate($input: TaskCreateInput!) { taskCreate(input: $input) { task { id } } }
"""
COMMENT: Final = """
  mutation ObservedComment($input: CommentCreateInput!) {
    commentCreate(input: $input) { errors { code } }
  }
"""


@asynccontextmanager
async def people_at_work(owner: ApiClient, stack: WholeStack) -> AsyncIterator[None]:
    """They work until the block ends, and somebody watches."""
    board = await the_board(owner)
    async with owner.subscribed(FOLLOW, id=board.project_id, after=board.cursor) as events:
        tasks = [
            asyncio.create_task(_work(owner, stack, board)),
            asyncio.create_task(_look_on(events)),
        ]
        yield
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        # Nothing but the end of the test has stopped them.
        assert [type(end) for end in ends] == [asyncio.CancelledError] * len(tasks), ends


async def _look_on(events: Subscription) -> None:
    while True:
        await events.next()


async def _work(owner: ApiClient, stack: WholeStack, board: Board) -> None:
    """Round after round: a task made, commented and moved, two mistakes, a look at the board."""
    columns = [board.column_id, board.other_column_id]
    while True:
        columns.reverse()
        made = await owner.execute(
            CREATE,
            input={"projectId": board.project_id, "columnId": columns[0], "title": "Observed"},
        )
        task_id = made["taskCreate"]["task"]["id"]
        await owner.execute(COMMENT, input={"taskId": task_id, "body": "Seen"})
        await owner.execute(MOVE, input={"taskId": task_id, "columnId": columns[1]})
        await the_board(owner)
        await _make_mistakes(owner, stack)


async def _make_mistakes(owner: ApiClient, stack: WholeStack) -> None:
    with pytest.raises(AssertionError, match="noSuchField"):
        await owner.execute("query Mistaken { noSuchField }")
    address = stack.url.replace("http", "ws", 1) + "/graphql"
    async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send("no message of the protocol")
        with pytest.raises(ConnectionClosed):
            await socket.recv()
