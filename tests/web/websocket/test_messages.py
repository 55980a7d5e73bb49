"""Messages that are none, and those that are always understood."""

import json

import pytest

from tests.raw_websocket import RawSocket
from tests.web.websocket.sockets import complete, require_alive, result


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "nonsense",
        "null",
        "1",
        '"ping"',
        "[]",
        '[{"type":"ping"}]',
        "{}",
        '{"type":null}',
        '{"type":1}',
        '{"type":["ping"]}',
        '{"type":"PING"}',
        '{"type":"start","id":"1"}',
        '{"type":"connection_ack"}',
        '{"type":"next","id":"1","payload":{}}',
        '{"type":"error","id":"1","payload":[]}',
        '{"type":"ping"',
        "[" * 5_000,
        '{"type":"' + "ü" * 500 + '"}',
        *(
            f'{{"type":"{kind}","payload":{payload}}}'
            for kind in ("connection_init", "ping", "pong")
            for payload in ("[]", '"x"', "1", "true")
        ),
        json.dumps({"type": "connection_init", "payload": {"authorization": 1}}),
        json.dumps({"type": "connection_init", "payload": {"authorization": None}}),
        json.dumps({"type": "ping", "payload": {"authorization": ["Bearer x"]}}),
        '{"type":"complete"}',
        *(f'{{"type":"complete","id":{value}}}' for value in ("null", "1", '""', "[]", "{}")),
        *(
            f'{{"type":"subscribe","id":{value},"payload":{{"query":"{{ a }}"}}}}'
            for value in ("null", "1", '""', "[]", "{}", "true", f'"{"x" * 1025}"')
        ),
        '{"type":"subscribe","payload":{"query":"{ a }"}}',
        '{"type":"subscribe","id":"1"}',
        *(
            f'{{"type":"subscribe","id":"1","payload":{value}}}'
            for value in ("null", "[]", '"{ a }"', "1", "{}")
        ),
        *(
            f'{{"type":"subscribe","id":"1","payload":{{"query":{value}}}}}'
            for value in ("null", "1", "[]", "{}")
        ),
        *(
            f'{{"type":"subscribe","id":"1","payload":{{"query":"{{ a }}",{member}}}}}'
            for member in (
                '"variables":[]',
                '"variables":"{}"',
                '"variables":1',
                '"variables":false',
                '"operationName":1',
                '"operationName":[]',
                '"operationName":{}',
                '"extensions":[]',
                '"extensions":"x"',
                '"extensions":0',
            )
        ),
    ],
)
async def test_an_invalid_message_is_a_bad_request(socket: RawSocket, frame: str) -> None:
    socket.send_text(frame)
    code, reason = await socket.closing()
    assert code == 4400
    assert 0 < len(reason.encode()) <= 123


async def test_an_invalid_message_ends_the_operations_that_run(ready: RawSocket) -> None:
    ready.subscribe("subscription { hang }")
    assert await ready.receive() == result("1", number=0, viewer=None)
    ready.send({"type": "complete"})
    assert await ready.closing() == (4400, "Message 'id' must be a non-empty string")


@pytest.mark.parametrize("payload", [{}, {"payload": None}, {"payload": {"a": 1}}])
async def test_a_ping_is_answered_before_and_after_the_init(
    socket: RawSocket, payload: dict[str, object]
) -> None:
    socket.send({"type": "ping", **payload})
    assert await socket.receive() == {"type": "pong"}
    await socket.initialise()
    socket.send({"type": "ping", **payload})
    assert await socket.receive() == {"type": "pong"}


@pytest.mark.parametrize("payload", [{}, {"payload": None}, {"payload": {"a": 1}}])
async def test_a_pong_nobody_asked_for_is_passed_over(
    socket: RawSocket, payload: dict[str, object]
) -> None:
    socket.send({"type": "pong", **payload})
    await socket.initialise()
    socket.send({"type": "pong", **payload})
    await require_alive(socket)


async def test_members_nobody_knows_are_passed_over(socket: RawSocket) -> None:
    socket.send({"type": "connection_init", "id": 7, "other": [], "payload": {"x": None}})
    assert await socket.receive() == {"type": "connection_ack"}
    payload = {"query": "{ a }", "other": 1}
    socket.send({"type": "subscribe", "id": "1", "other": None, "payload": payload})
    assert await socket.receive() == result("1", viewer=None, variables={}, operationName=None)
    assert await socket.receive() == complete("1")
    socket.send({"type": "complete", "id": "1", "payload": 3})
    await require_alive(socket)


async def test_whitespace_and_the_order_of_members_mean_nothing(socket: RawSocket) -> None:
    socket.send_text(' \r\n\t{ "payload" : {} , "type" : "connection_init" } \n')
    assert await socket.receive() == {"type": "connection_ack"}


@pytest.mark.parametrize(
    "operation_id", ["x" * 1024, " ", "é\u2028😀", "null", "a\\nb", "__proto__"]
)
async def test_any_text_may_be_an_id(ready: RawSocket, operation_id: str) -> None:
    ready.subscribe("{ a }", operation_id)
    assert (await ready.receive())["id"] == operation_id
    assert await ready.receive() == complete(operation_id)


async def test_complete_of_an_unknown_id_is_passed_over(socket: RawSocket) -> None:
    socket.send(complete("nobody"))
    await socket.initialise()
    socket.send(complete("nobody"))
    await require_alive(socket)


async def test_members_that_are_null_are_as_if_absent(ready: RawSocket) -> None:
    members = {"operationName": None, "variables": None, "extensions": None}
    ready.subscribe("{ a }", members=members)
    assert await ready.receive() == result("1", viewer=None, variables={}, operationName=None)
