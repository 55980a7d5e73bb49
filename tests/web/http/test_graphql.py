"""GraphQL over HTTP by the specification: negotiation, status codes and malformed requests."""

import hashlib
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.web.harness import ADA, WebLayer, a_web_layer

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
BOTH = [JSON, GRAPHQL]


@pytest.fixture
async def layer() -> AsyncIterator[WebLayer]:
    async with a_web_layer(max_body_bytes=5_000) as made:
        yield made


@pytest.fixture
async def client(layer: WebLayer) -> AsyncIterator[httpx.AsyncClient]:
    async with layer.http() as made:
        yield made


def _code(response: httpx.Response) -> str:
    body = response.json()
    assert "data" not in body
    [error] = body["errors"]
    assert error["message"]
    return str(error["extensions"]["code"])


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON}", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{GRAPHQL};q=0.5, {JSON}", JSON),
        (f"{GRAPHQL}, */*", GRAPHQL),
        (f"{JSON}, */*", JSON),
        (f"{GRAPHQL};q=0.1, */*;q=0.5", JSON),
        (f"text/html, {JSON};charset=utf-8", JSON),
        ("APPLICATION/JSON", JSON),
        (f"{JSON};q=0, {GRAPHQL}", GRAPHQL),
    ],
)
async def test_the_answer_has_the_media_type_the_client_prefers(
    client: httpx.AsyncClient, accept: str | None, expected: str
) -> None:
    client.headers.pop("accept")
    headers = {} if accept is None else {"accept": accept}
    response = await client.post("/graphql", json={"query": "{ a }"}, headers=headers)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{expected}; charset=utf-8"
    assert response.json()["data"]["viewer"] is None


@pytest.mark.parametrize(
    "accept", ["text/html", "application/xml, image/*", f"{JSON};charset=latin-1", "*/*;q=0", "?"]
)
async def test_a_client_that_takes_neither_type_gets_406(
    client: httpx.AsyncClient, layer: WebLayer, accept: str
) -> None:
    response = await client.post("/graphql", json={"query": "{ a }"}, headers={"accept": accept})
    assert response.status_code == 406
    assert _code(response) == "NOT_ACCEPTABLE"
    assert layer.graph.executed == []


@pytest.mark.parametrize("accept", BOTH)
async def test_a_mutation_by_post_is_executed_with_its_variables(
    client: httpx.AsyncClient, accept: str
) -> None:
    request = {"query": "mutation M { a }", "variables": {"x": [1]}, "operationName": "M"}
    response = await client.post("/graphql", json=request, headers={"accept": accept})
    assert response.status_code == 200
    data = response.json()["data"]
    assert data == {"viewer": None, "variables": {"x": [1]}, "operationName": "M"}


@pytest.mark.parametrize("accept", BOTH)
async def test_members_that_are_null_or_unknown_are_as_if_absent(
    client: httpx.AsyncClient, accept: str
) -> None:
    request = {
        "query": "{ a }",
        "variables": None,
        "operationName": None,
        "extensions": None,
        "id": 7,
    }
    response = await client.post("/graphql", json=request, headers={"accept": accept})
    assert response.status_code == 200
    assert response.json()["data"]["variables"] == {}


@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (GRAPHQL, 400)])
async def test_a_request_error_has_the_status_of_its_media_type(
    client: httpx.AsyncClient, accept: str, status: int
) -> None:
    response = await client.post(
        "/graphql", json={"query": "syntax error"}, headers={"accept": accept}
    )
    assert response.status_code == status
    assert _code(response) == "GRAPHQL_PARSE_FAILED"


@pytest.mark.parametrize("accept", BOTH)
async def test_partial_data_is_a_success(client: httpx.AsyncClient, accept: str) -> None:
    response = await client.post(
        "/graphql", json={"query": "{ partial }"}, headers={"accept": accept}
    )
    assert response.status_code == 200
    assert response.json()["data"] == {"a": None}


@pytest.mark.parametrize("accept", BOTH)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"1",
        b"null",
        b'"query"',
        b"[]",
        b'[{"query":"{ a }"}]',
        b"{}",
        b'{"query"',
        b'{"query":"{ a }"} trailing',
        b"NaN",
        b'{"query":"\xff"}',
        b'{"query":"\\ud800"}',
        b'{"query":null}',
        b'{"query":["{ a }"]}',
        b'{"query":"{ a }","variables":[]}',
        b'{"query":"{ a }","variables":"{}"}',
        b'{"query":"{ a }","variables":1}',
        b'{"query":"{ a }","operationName":1}',
        b'{"query":"{ a }","operationName":{}}',
        b'{"query":"{ a }","extensions":[]}',
        b'{"query":"{ a }","extensions":"x"}',
        b'{"query":"{ a }","variables":{"a":1e999}}',
        b"[" * 2_000 + b"]" * 2_000,
        b'{"query":"{ a }","variables":{"a":' + b"[" * 1_500 + b"]" * 1_500 + b"}}",
    ],
)
async def test_a_malformed_body_is_a_bad_request(
    client: httpx.AsyncClient, layer: WebLayer, body: bytes, accept: str
) -> None:
    response = await client.post(
        "/graphql", content=body, headers={"accept": accept, "content-type": JSON}
    )
    assert response.status_code == 400
    assert _code(response) == "BAD_USER_INPUT"
    assert response.headers["content-type"].startswith(accept)
    assert layer.graph.executed == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/graphql"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
)
async def test_a_body_that_is_not_plain_json_in_utf_8_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    response = await client.post("/graphql", content=b'{"query":"{ a }"}', headers=headers)
    assert response.status_code == 415
    assert _code(response) == "UNSUPPORTED_MEDIA_TYPE"


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", 'Application/JSON;Charset="UTF-8"']
)
async def test_the_charset_utf_8_may_be_spelled_out(
    client: httpx.AsyncClient, content_type: str
) -> None:
    response = await client.post(
        "/graphql", content='{"query":"{ ä }"}'.encode(), headers={"content-type": content_type}
    )
    assert response.status_code == 200


async def test_a_body_over_the_limit_is_refused_when_it_is_announced(
    client: httpx.AsyncClient,
) -> None:
    response = await client.post("/graphql", json={"query": "{" + "a " * 5_000 + "}"})
    assert response.status_code == 413
    assert _code(response) == "PAYLOAD_TOO_LARGE"


async def test_a_body_over_the_limit_is_refused_while_it_streams(
    client: httpx.AsyncClient,
) -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1_000):
            sent += 1_000
            yield b" " * 1_000

    response = await client.post(
        "/graphql", content=chunks(), headers={"content-type": "application/json"}
    )
    assert response.status_code == 413
    assert sent < 20_000


@pytest.mark.parametrize("accept", BOTH)
async def test_get_runs_queries_with_variables_in_the_address(
    client: httpx.AsyncClient, accept: str
) -> None:
    parameters = {"query": "query Q { a }", "operationName": "Q", "variables": '{"x":"ü"}'}
    response = await client.get("/graphql", params=parameters, headers={"accept": accept})
    assert response.status_code == 200
    assert response.json()["data"] == {
        "viewer": None,
        "variables": {"x": "ü"},
        "operationName": "Q",
    }


async def test_an_empty_parameter_of_get_is_as_if_absent(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql?query={a}&operationName=&variables=")
    assert response.status_code == 200
    assert response.json()["data"]["operationName"] is None


@pytest.mark.parametrize("accept", BOTH)
async def test_get_never_runs_a_mutation(
    client: httpx.AsyncClient, layer: WebLayer, accept: str
) -> None:
    response = await client.get(
        "/graphql", params={"query": "mutation { a }"}, headers={"accept": accept}
    )
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert layer.graph.executed == []


@pytest.mark.parametrize("accept", BOTH)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_subscriptions_are_refused_over_http(
    client: httpx.AsyncClient, accept: str, method: str
) -> None:
    members = {"query": "subscription { a }"}
    response = await client.request(
        method,
        "/graphql",
        params=members if method == "GET" else None,
        json=members if method == "POST" else None,
        headers={"accept": accept},
    )
    assert response.status_code == 400
    assert _code(response) == "OPERATION_NOT_ALLOWED"


@pytest.mark.parametrize(
    "address",
    [
        "/graphql",
        "/graphql?query=",
        "/graphql?query={a}&query={b}",
        "/graphql?query={a}&variables=1",
        "/graphql?query={a}&variables=[]",
        "/graphql?query={a}&variables={",
        "/graphql?query={a}&extensions=x",
        "/graphql?query={a}&extensions=[]",
    ],
)
async def test_a_malformed_get_is_a_bad_request(client: httpx.AsyncClient, address: str) -> None:
    response = await client.get(address)
    assert response.status_code == 400
    assert _code(response) == "BAD_USER_INPUT"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_other_methods_are_told_which_are_allowed(
    client: httpx.AsyncClient, method: str
) -> None:
    response = await client.request(method, "/graphql")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"
    assert _code(response) == "METHOD_NOT_ALLOWED"


async def test_a_good_token_names_the_viewer(client: httpx.AsyncClient, layer: WebLayer) -> None:
    response = await client.post(
        "/graphql",
        json={"query": "{ a }"},
        headers={"authorization": f"bearer {layer.token()}"},
    )
    assert response.json()["data"]["viewer"] == str(ADA)


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Bearer nonsense", "Basic YTpi", "Bearer tw_abc"]
)
async def test_a_bad_token_is_unauthenticated(
    client: httpx.AsyncClient, layer: WebLayer, authorization: str
) -> None:
    response = await client.post(
        "/graphql", json={"query": "{ a }"}, headers={"authorization": authorization}
    )
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert _code(response) == "UNAUTHENTICATED"
    assert layer.graph.executed == []


async def test_an_expired_token_is_unauthenticated(
    client: httpx.AsyncClient, layer: WebLayer
) -> None:
    headers = {"authorization": f"Bearer {layer.token()}"}
    layer.clock.forward(seconds=901)
    response = await client.post("/graphql", json={"query": "{ a }"}, headers=headers)
    assert response.status_code == 401


async def test_two_tokens_are_none(client: httpx.AsyncClient, layer: WebLayer) -> None:
    headers = [("authorization", f"Bearer {layer.token()}")] * 2
    response = await client.post("/graphql", json={"query": "{ a }"}, headers=headers)
    assert response.status_code == 401


async def test_a_bug_is_masked_and_can_be_found_in_the_log(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = await client.post("/graphql", json={"query": "{ boom }"})
    assert response.status_code == 500
    assert _code(response) == "INTERNAL"
    assert "secret" not in response.text
    error_id = response.json()["errors"][0]["extensions"]["errorId"]
    assert error_id in caplog.text
    assert "a secret of the implementation" in caplog.text
    assert response.headers["x-request-id"] in caplog.text


async def test_an_operation_that_never_ends_is_given_up(layer: WebLayer) -> None:
    layer.limits = type(layer.limits)(execution_seconds=0.05)
    async with layer.http() as client:
        response = await client.post("/graphql", json={"query": "{ hang }"})
    assert response.status_code == 503
    assert _code(response) == "UNAVAILABLE"
    await layer.graph.ended.acquire()


async def test_a_sane_request_id_is_kept_and_another_replaced(client: httpx.AsyncClient) -> None:
    kept = await client.get("/livez", headers={"x-request-id": "proxy-7"})
    assert kept.headers["x-request-id"] == "proxy-7"
    replaced = await client.get("/livez", headers={"x-request-id": "no good\tid"})
    assert len(replaced.headers["x-request-id"]) == 32


async def test_a_document_is_registered_once_and_then_named_by_its_hash(
    layer: WebLayer, client: httpx.AsyncClient
) -> None:
    text = "{ a }"
    persisted = {"version": 1, "sha256Hash": hashlib.sha256(text.encode()).hexdigest()}
    by_hash = {"extensions": {"persistedQuery": persisted}}
    unknown = await client.post("/graphql", json=by_hash, headers={"accept": GRAPHQL})
    assert (unknown.status_code, _code(unknown)) == (400, "PERSISTED_QUERY_NOT_FOUND")
    await client.post("/graphql", json={"query": text, **by_hash})
    known = await client.get("/graphql", params={"extensions": json.dumps(by_hash["extensions"])})
    assert known.status_code == 200
    assert [request.query for request in layer.graph.executed] == [text, text]


@pytest.mark.parametrize(
    "persisted",
    [1, [], {}, {"version": 2, "sha256Hash": "0" * 64}, {"version": 1, "sha256Hash": "zz"}],
)
async def test_a_malformed_hash_is_a_bad_request(
    client: httpx.AsyncClient, persisted: object
) -> None:
    response = await client.post("/graphql", json={"extensions": {"persistedQuery": persisted}})
    assert (response.status_code, _code(response)) == (400, "BAD_USER_INPUT")
