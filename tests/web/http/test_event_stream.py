"""GraphQL over server-sent events, by the bytes of a real server."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.web.harness import ADA, BOB, WebLayer, a_web_layer
from web.http.event_stream import EndStream, EventStream, StreamLimits
from web.http.metrics import SSE_CONNECTIONS
from web.http.protocol import HttpProtocol
from web.quotas import QuotaLimits

STREAM = "text/event-stream"
OPENING = b":\n\n"
COMPLETE = b"event: complete\ndata:\n\n"


@pytest.fixture
async def layer() -> AsyncIterator[WebLayer]:
    async with a_web_layer(max_body_bytes=5_000) as made:
        yield made


@pytest.fixture(scope="module")
async def shared() -> AsyncIterator[WebLayer]:
    """A layer for all tests that leave nothing behind."""
    async with a_web_layer(max_body_bytes=5_000) as made:
        yield made


@pytest.fixture(scope="module")
async def client(shared: WebLayer) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the shared layer."""
    async with _client(shared) as made:
        yield made


@asynccontextmanager
async def _client(layer: WebLayer) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        layer.served() as address,
        httpx.AsyncClient(
            base_url=f"http://{address}", headers={"accept": STREAM}, timeout=5
        ) as client,
    ):
        yield client


@asynccontextmanager
async def _stream(
    client: httpx.AsyncClient, query: str, *, token: str | None = None
) -> AsyncIterator[AsyncIterator[bytes]]:
    """The blocks of a stream, each with the empty line that ends it."""
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    async with client.stream(
        "POST", "/graphql/stream", json={"query": query}, headers=headers
    ) as response:
        assert response.status_code == 200
        yield _blocks(response)


async def _blocks(response: httpx.Response) -> AsyncIterator[bytes]:
    buffer = b""
    async for chunk in response.aiter_raw():
        buffer += chunk
        *whole, buffer = buffer.split(b"\n\n")
        for block in whole:
            yield block + b"\n\n"
    assert buffer == b""


def _next(data: object) -> bytes:
    return b"event: next\ndata: " + json.dumps(data, separators=(",", ":")).encode() + b"\n\n"


def _errors(block: bytes) -> list[str]:
    """The codes in a `next` that tells errors and has no data."""
    match = re.fullmatch(rb"event: next\ndata: (.+)\n\n", block)
    assert match is not None
    payload = json.loads(match[1])
    assert "data" not in payload
    return [error["extensions"]["code"] for error in payload["errors"]]


def _code(response: httpx.Response) -> str:
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    [error] = response.json()["errors"]
    assert error["message"]
    return str(error["extensions"]["code"])


# --- streams ---------------------------------------------------------------------------------


async def test_a_subscription_is_a_stream_of_next_events_and_complete(
    client: httpx.AsyncClient, shared: WebLayer
) -> None:
    response = await client.post(
        "/graphql/stream",
        json={"query": "subscription { a }"},
        headers={"authorization": f"Bearer {shared.token()}"},
    )
    assert response.status_code == 200
    assert response.headers["content-type"] == STREAM
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-accel-buffering"] == "no"
    results = [_next({"data": {"number": n, "viewer": str(ADA)}}) for n in range(3)]
    assert response.content == b"".join([OPENING, *results, COMPLETE])


@pytest.mark.parametrize("query", ["query Q { a }", "mutation Q { a }"])
async def test_queries_and_mutations_are_streams_of_one_result(
    client: httpx.AsyncClient, query: str
) -> None:
    request = {"query": query, "operationName": "Q", "variables": {"x": "ü\r\n\u2028"}}
    response = await client.post("/graphql/stream", json=request)
    opening, result, complete, rest = response.content.split(b"\n\n")
    assert (opening, complete, rest) == (b":", b"event: complete\ndata:", b"")
    data = json.loads(result.removeprefix(b"event: next\ndata: "))["data"]
    assert data == {"viewer": None, "variables": {"x": "ü\r\n\u2028"}, "operationName": "Q"}
    assert b"\r" not in response.content


@pytest.mark.parametrize("query", ["{ a }", "subscription { a }"])
async def test_get_streams_what_changes_nothing(client: httpx.AsyncClient, query: str) -> None:
    response = await client.get("/graphql/stream", params={"query": query})
    assert response.status_code == 200
    assert response.content.endswith(COMPLETE)


@pytest.mark.parametrize("accept", [None, "*/*", "text/*", f"{STREAM}, application/json"])
async def test_whoever_takes_streams_gets_one_from_the_address_of_streams(
    client: httpx.AsyncClient, accept: str | None
) -> None:
    request = client.build_request("POST", "/graphql/stream", json={"query": "{ a }"})
    request.headers.pop("accept")
    request.headers.update({} if accept is None else {"accept": accept})
    response = await client.send(request)
    assert response.headers["content-type"] == STREAM


@pytest.mark.parametrize("accept", [STREAM, f"{STREAM}, multipart/mixed", "text/*"])
async def test_the_usual_address_streams_for_those_who_take_nothing_else(
    client: httpx.AsyncClient, accept: str
) -> None:
    response = await client.post(
        "/graphql", json={"query": "subscription { a }"}, headers={"accept": accept}
    )
    assert response.headers["content-type"] == STREAM
    assert response.content.endswith(COMPLETE)


@pytest.mark.parametrize("accept", [f"{STREAM}, application/json", f"{STREAM}, */*;q=0.1", "*/*"])
async def test_the_usual_address_answers_json_to_those_who_take_it(
    client: httpx.AsyncClient, accept: str
) -> None:
    response = await client.post("/graphql", json={"query": "{ a }"}, headers={"accept": accept})
    assert response.json()["data"]["viewer"] is None


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("syntax error", "GRAPHQL_PARSE_FAILED"),
        ("", "GRAPHQL_PARSE_FAILED"),
        ("subscription { refuse }", "UNAUTHENTICATED"),
    ],
)
async def test_errors_before_the_execution_are_told_by_a_next_event(
    client: httpx.AsyncClient, query: str, code: str
) -> None:
    async with _stream(client, query) as blocks:
        assert await anext(blocks) == OPENING
        assert _errors(await anext(blocks)) == [code]
        assert [block async for block in blocks] == [COMPLETE]


async def test_a_document_nobody_knows_is_told_by_a_next_event(client: httpx.AsyncClient) -> None:
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
    response = await client.post("/graphql/stream", json={"extensions": persisted})
    assert response.status_code == 200
    assert b"PERSISTED_QUERY_NOT_FOUND" in response.content
    assert response.content.endswith(COMPLETE)


async def test_a_subscription_that_loses_its_access_ends_with_its_error(
    client: httpx.AsyncClient,
) -> None:
    async with _stream(client, "subscription { deny }") as blocks:
        *_, denial, complete = [block async for block in blocks]
    assert _errors(denial) == ["FORBIDDEN"]
    assert complete == COMPLETE


@pytest.mark.parametrize("query", ["{ boom }", "subscription { boom }"])
async def test_a_bug_is_masked_and_can_be_found_in_the_log(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, query: str
) -> None:
    async with _stream(client, query) as blocks:
        *_, told, complete = [block async for block in blocks]
    assert _errors(told) == ["INTERNAL"]
    assert b"secret" not in told
    assert complete == COMPLETE
    error_id = re.search(rb'"errorId":"(\w+)"', told)
    assert error_id is not None
    assert error_id[1].decode() in caplog.text


async def test_a_query_that_never_ends_is_given_up(layer: WebLayer) -> None:
    layer.stream_limits = StreamLimits(execution_seconds=0.05)
    async with _client(layer) as client, _stream(client, "{ hang }") as blocks:
        *_, told, complete = [block async for block in blocks]
    assert (_errors(told), complete) == (["UNAVAILABLE"], COMPLETE)


# --- refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "application/json", 400),
        (b"null", "application/json", 400),
        (b"{}", "application/json", 400),
        (b'{"query":1}', "application/json", 400),
        (b'{"query":"{ a }","variables":[]}', "application/json", 400),
        (b'{"query":"{ a }","operationName":1}', "application/json", 400),
        (b"[" * 2_000, "application/json", 400),
        (b'{"query":"{ a }"}', "text/plain", 415),
        (b'{"query":"{ a }"}', "application/json; charset=latin-1", 415),
        (b'{"query":"' + b"a" * 6_000 + b'"}', "application/json", 413),
    ],
)
async def test_what_is_no_request_is_refused_by_status(
    client: httpx.AsyncClient, body: bytes, content_type: str, status: int
) -> None:
    response = await client.post(
        "/graphql/stream", content=body, headers={"content-type": content_type}
    )
    assert response.status_code == status
    assert _code(response) in {"BAD_USER_INPUT", "UNSUPPORTED_MEDIA_TYPE", "PAYLOAD_TOO_LARGE"}


async def test_a_mutation_by_get_is_refused(client: httpx.AsyncClient, shared: WebLayer) -> None:
    response = await client.get("/graphql/stream", params={"query": "mutation { a }"})
    assert (response.status_code, _code(response)) == (405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "POST"
    assert "mutation { a }" not in [request.query for request in shared.graph.executed]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "PATCH"])
async def test_other_methods_are_told_which_are_allowed(
    client: httpx.AsyncClient, method: str
) -> None:
    response = await client.request(method, "/graphql/stream")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("accept", ["application/json", f"{STREAM};q=0", "text/html"])
async def test_who_takes_no_streams_is_told_so(client: httpx.AsyncClient, accept: str) -> None:
    response = await client.post(
        "/graphql/stream", json={"query": "{ a }"}, headers={"accept": accept}
    )
    assert (response.status_code, _code(response)) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize("authorization", ["", "Bearer nonsense", "Basic YTpi"])
async def test_a_bad_token_is_unauthenticated(
    client: httpx.AsyncClient, authorization: str
) -> None:
    response = await client.post(
        "/graphql/stream", json={"query": "{ a }"}, headers={"authorization": authorization}
    )
    assert (response.status_code, _code(response)) == (401, "UNAUTHENTICATED")
    assert response.headers["www-authenticate"] == "Bearer"


async def test_a_page_of_another_origin_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.get(
        "/graphql/stream", params={"query": "{ a }"}, headers={"origin": "https://evil.example"}
    )
    assert (response.status_code, _code(response)) == (403, "FORBIDDEN")


async def test_a_user_has_a_bounded_number_of_streams_and_others_have_theirs(
    layer: WebLayer,
) -> None:
    layer.quota_limits = QuotaLimits(connections=2)
    query = "subscription { hang }"
    async with (
        _client(layer) as client,
        _stream(client, query, token=layer.token(ADA)) as first,
        _stream(client, query, token=layer.token(ADA)),
    ):
        refused = await client.post(
            "/graphql/stream",
            json={"query": query},
            headers={"authorization": f"Bearer {layer.token(ADA)}"},
        )
        assert (refused.status_code, _code(refused)) == (429, "RATE_LIMITED")
        assert refused.headers["retry-after"] == "2"
        assert await anext(first) == OPENING
        async with _stream(client, query, token=layer.token(BOB)) as of_bob:
            assert await anext(of_bob) == OPENING
    assert len(layer.quotas) == 0


async def test_operations_started_too_fast_are_refused(layer: WebLayer) -> None:
    layer.quota_limits = QuotaLimits(operations_per_second=0.001, burst_seconds=2_000)
    query = {"query": "{ a }"}
    async with _client(layer) as client, _stream(client, "subscription { hang }"):
        assert (await client.post("/graphql/stream", json=query)).status_code == 200
        refused = await client.post("/graphql/stream", json=query)
    assert (refused.status_code, _code(refused)) == (429, "RATE_LIMITED")


async def test_a_full_server_takes_no_more_streams() -> None:
    async with (
        a_web_layer(max_connections=1) as layer,
        _client(layer) as client,
        _stream(client, "subscription { hang }"),
    ):
        refused = await client.post("/graphql/stream", json={"query": "{ a }"})
    assert (refused.status_code, _code(refused)) == (503, "UNAVAILABLE")


# --- the end ---------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["{ hang }", "mutation { hang }", "subscription { hang }"])
async def test_a_client_that_leaves_ends_its_operation_at_once(layer: WebLayer, query: str) -> None:
    async with _client(layer) as client:
        async with _stream(client, query):
            await asyncio.wait_for(layer.graph.started.acquire(), 5)
            assert SSE_CONNECTIONS._value.get() == 1
        await asyncio.wait_for(layer.graph.ended.acquire(), 5)
    assert SSE_CONNECTIONS._value.get() == 0


async def test_an_idle_stream_is_kept_alive_by_comments(layer: WebLayer) -> None:
    layer.stream_limits = StreamLimits(keep_alive_seconds=0.02)
    async with _client(layer) as client, _stream(client, "{ hang }") as blocks:
        assert [await anext(blocks) for _ in range(4)] == [OPENING] * 4


async def test_a_stream_ends_with_its_token_and_says_so(layer: WebLayer) -> None:
    token = layer.token()
    layer.clock.forward(seconds=899.8)
    async with (
        _client(layer) as client,
        _stream(client, "subscription { hang }", token=token) as blocks,
    ):
        *_, told, complete = [block async for block in blocks]
    assert (_errors(told), complete) == (["UNAUTHENTICATED"], COMPLETE)
    assert b"Token expired" in told
    await layer.graph.ended.acquire()


async def test_a_stopping_server_ends_its_streams_without_completing_them(
    layer: WebLayer,
) -> None:
    async with (
        _client(layer) as client,
        _stream(client, "subscription { hang }") as first,
        _stream(client, "subscription { hang }") as second,
    ):
        for _ in range(2):
            await layer.graph.started.acquire()
        await layer.streams.drain(spread_seconds=0.01)
        for blocks in (first, second):
            *_, last = [block async for block in blocks]
            assert re.fullmatch(rb"retry: \d{3,4}\n\n", last)
        refused = await client.post("/graphql/stream", json={"query": "{ a }"})
        assert (refused.status_code, _code(refused)) == (503, "UNAVAILABLE")
        assert refused.headers["retry-after"] == "2"
    assert layer.graph.ended._value == 2


async def test_a_client_that_reads_nothing_stops_the_subscription_and_is_dropped(
    layer: WebLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HttpProtocol, "stalled_seconds", 0.2)
    async with layer.served() as address:
        host, _, port = address.partition(":")
        _reader, writer = await asyncio.open_connection(host, int(port), limit=1)
        body = b'{"query":"subscription { flood }"}'
        writer.write(
            b"POST /graphql/stream HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            b"content-length: %d\r\n\r\n%s" % (len(body), body)
        )
        await asyncio.wait_for(layer.graph.ended.acquire(), 10)
        writer.transport.abort()


async def _never() -> dict[str, str]:
    """What a client that stays says after its request."""
    await asyncio.Event().wait()
    raise AssertionError


async def test_a_stream_takes_no_result_before_the_last_one_is_out(layer: WebLayer) -> None:
    taken = asyncio.Semaphore(0)
    is_open = asyncio.Semaphore(5)

    async def send(_message: object) -> None:
        taken.release()
        await is_open.acquire()

    stream = EventStream(_never, send, graph=layer.graph, limits=StreamLimits())
    request, kind = layer.graph.request("subscription { flood }")
    serving = asyncio.create_task(stream.serve((request, kind), None, seconds=None))
    for _ in range(6):
        await asyncio.wait_for(taken.acquire(), 5)
    # The head, the opening, three results before the flood, and the first one of it.
    assert layer.graph.flooded == 1
    serving.cancel()
    await asyncio.wait({serving})


async def test_a_server_that_stops_ends_a_stream_that_has_not_begun(layer: WebLayer) -> None:
    sent: list[object] = []

    async def send(message: Mapping[str, object]) -> None:
        sent.append(message.get("body"))
        await asyncio.sleep(0)

    stream = EventStream(_never, send, graph=layer.graph, limits=StreamLimits())
    stream.end_soon(EndStream(b"bye"))
    request, kind = layer.graph.request("subscription { hang }")
    async with asyncio.timeout(5):
        await stream.serve((request, kind), None, seconds=None)
    assert sent[-1] == b"bye"


async def test_a_client_that_does_not_read_the_end_is_not_waited_for(layer: WebLayer) -> None:
    is_open = asyncio.Semaphore(2)

    async def send(_message: object) -> None:
        await is_open.acquire()

    limits = StreamLimits(closing_seconds=0.05)
    stream = EventStream(_never, send, graph=layer.graph, limits=limits)
    async with asyncio.timeout(5):
        await stream.serve(layer.graph.request("{ a }"), None, seconds=None)
    assert is_open.locked()
