"""The real schema over raw frames: what is wrong with one operation ends that operation alone."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from tests.clients.conftest import Board
from tests.raw_websocket import RawSocket, websocket
from tests.whole_stack import WholeStack

pytestmark = pytest.mark.stack

_TWO = "query A { __typename } query B { viewer { email } }"


@pytest.fixture
async def socket(stack: WholeStack, board: Board) -> AsyncIterator[RawSocket]:
    async with websocket(urlsplit(stack.url).netloc) as opened:
        await opened.initialise(board.client.token)
        yield opened


@pytest.fixture
async def nobodys_socket(stack: WholeStack) -> AsyncIterator[RawSocket]:
    async with websocket(urlsplit(stack.url).netloc) as opened:
        await opened.initialise()
        yield opened


async def _require_alive(socket: RawSocket) -> None:
    socket.subscribe("{ __typename }")
    expected = {"id": "1", "type": "next", "payload": {"data": {"__typename": "Query"}}}
    assert await socket.receive() == expected
    assert await socket.receive() == {"id": "1", "type": "complete"}


@pytest.mark.parametrize(
    ("query", "members"),
    [
        ("{", {}),
        ("", {}),
        ("{ __typename", {}),
        ("{ nothing }", {}),
        ("query ($x: Nothing) { __typename }", {}),
        ("fragment F on Query { __typename }", {}),
        ("query ($key: String!) { project(key: $key) { id } }", {}),
        ("query ($key: String!) { project(key: $key) { id } }", {"variables": {"key": 1}}),
        ("subscription ($id: ID!) { projectEvents(projectId: $id) { __typename } }", {}),
        ("subscription { a: __typename b: __typename }", {}),
        (_TWO, {}),
        (_TWO, {"operationName": None}),
        (_TWO, {"operationName": ""}),
        (_TWO, {"operationName": "C"}),
        ("{ __typename }", {"operationName": "C"}),
        ("{ " + "a { " * 200 + "b" + " }" * 201, {}),
    ],
)
async def test_a_request_that_can_not_be_executed_is_an_error_message(
    socket: RawSocket, query: str, members: dict[str, object]
) -> None:
    socket.subscribe(query, members=members)
    message = await socket.receive()
    assert (message["type"], message["id"]) == ("error", "1"), message
    assert all(error["message"] for error in message["payload"])
    await _require_alive(socket)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("A", {"__typename": "Query"}),
        ("B", {"viewer": {"email": "owner@demo.test"}}),
    ],
)
async def test_the_operation_that_is_named_runs(
    socket: RawSocket, name: str, data: dict[str, object]
) -> None:
    socket.subscribe(_TWO, members={"operationName": name})
    assert (await socket.receive())["payload"] == {"data": data}
    assert (await socket.receive())["type"] == "complete"


async def test_a_mutation_runs_and_its_event_arrives_on_the_same_socket(
    socket: RawSocket, board: Board
) -> None:
    socket.subscribe(
        "subscription ($id: ID!, $after: Cursor) { projectEvents(projectId: $id, after: $after)"
        " { ... on ProjectEvent { seq clientMutationId } } }",
        "live",
        {"variables": {"id": board.project_id, "after": board.cursor}},
    )
    mark = str(uuid4())
    task = {
        "projectId": board.project_id,
        "columnId": board.column_id,
        "title": "over the socket",
        "clientMutationId": mark,
    }
    socket.subscribe(
        "mutation ($task: TaskCreateInput!) { taskCreate(input: $task) { clientMutationId } }",
        "write",
        {"variables": {"task": task}},
    )
    messages = {}
    for _ in range(3):
        message = await socket.receive()
        messages[message["id"], message["type"]] = message.get("payload")
    assert messages == {
        ("write", "next"): {"data": {"taskCreate": {"clientMutationId": mark}}},
        ("write", "complete"): None,
        ("live", "next"): {
            "data": {"projectEvents": {"seq": board.last_seq + 1, "clientMutationId": mark}}
        },
    }


async def test_a_project_that_may_not_be_seen_is_forbidden_and_the_socket_stays(
    socket: RawSocket,
) -> None:
    socket.subscribe(
        "subscription ($id: ID!) { projectEvents(projectId: $id) { __typename } }",
        members={"variables": {"id": str(uuid4())}},
    )
    message = await socket.receive()
    assert message["type"] == "error"
    assert message["payload"][0]["extensions"]["code"] == "FORBIDDEN"
    await _require_alive(socket)


async def test_nobody_is_told_to_sign_in_and_may_still_ask_what_anybody_may(
    nobodys_socket: RawSocket,
) -> None:
    nobodys_socket.subscribe("{ viewer { email } }")
    message = await nobodys_socket.receive()
    [error] = message["payload"]["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert (await nobodys_socket.receive())["type"] == "complete"
    await _require_alive(nobodys_socket)
