"""Sign-up, sign-in, refresh and sign-out over HTTP, with real Postgres and Valkey."""

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie

import httpx
import pytest
from redis.asyncio import Redis

from infra.attempt_limiter import FAILURES_PER_EMAIL
from tests.web.harness import WebLayer, a_web_layer

ADA = {"name": "Ada", "email": "ada@example.com", "password": "correct horse"}
LOGIN = {"email": "ada@example.com", "password": "correct horse"}
POSTS = ["/auth/signup", "/auth/login", "/auth/refresh", "/auth/logout"]


@pytest.fixture
async def layer(migrated_database: str, redis_url: str) -> AsyncIterator[WebLayer]:
    async with Redis.from_url(redis_url) as redis:
        await redis.flushdb()
    async with a_web_layer(
        migrated_database, redis_url, allowed_origins=("https://tasks.example",)
    ) as made:
        yield made


@pytest.fixture
async def client(layer: WebLayer) -> AsyncIterator[httpx.AsyncClient]:
    async with layer.http() as made:
        yield made


@pytest.fixture
async def away() -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server whose Postgres and Redis are away."""
    async with a_web_layer() as layer, layer.http() as made:
        yield made


def _error(response: httpx.Response, status: int, code: str) -> dict[str, str]:
    """What the error says of fields, by field."""
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert error["code"] == code
    assert error["message"]
    assert response.headers["cache-control"] == "no-store"
    return dict(error.get("fields", {}))


async def test_a_new_user_is_signed_in_with_a_token_the_api_takes(
    client: httpx.AsyncClient,
) -> None:
    response = await client.post("/auth/signup", json=ADA)
    assert response.status_code == 201
    body = response.json()
    assert body["expiresIn"] == 900
    assert set(body["user"]) == {"id", "name", "email"}
    assert (body["user"]["name"], body["user"]["email"]) == ("Ada", "ada@example.com")
    headers = {"authorization": f"Bearer {body['accessToken']}"}
    viewer = await client.post("/graphql", json={"query": "{ a }"}, headers=headers)
    assert viewer.json()["data"]["viewer"] == body["user"]["id"]


@pytest.mark.parametrize(("environment", "is_secure"), [("dev", False), ("prod", True)])
async def test_the_refresh_token_travels_in_a_cookie_scripts_and_other_sites_can_not_use(
    layer: WebLayer, environment: str, *, is_secure: bool
) -> None:
    layer.settings = layer.settings.model_copy(
        update={"environment": type(layer.settings.environment)(environment)}
    )
    async with layer.http() as client:
        response = await client.post("/auth/signup", json=ADA)
    [cookie] = SimpleCookie(response.headers["set-cookie"]).values()
    assert cookie.key == "taskwire_refresh"
    assert len(cookie.value) == 43
    assert cookie.value not in response.text
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "strict"
    assert cookie["path"] == "/auth"
    assert bool(cookie["secure"]) is is_secure
    assert cookie["max-age"] == str(30 * 24 * 3600)


async def test_the_cookie_refreshes_and_changes(client: httpx.AsyncClient) -> None:
    signed_up = await client.post("/auth/signup", json=ADA)
    before = client.cookies["taskwire_refresh"]
    response = await client.post("/auth/refresh")
    assert response.status_code == 200
    assert response.json()["user"] == signed_up.json()["user"]
    assert client.cookies["taskwire_refresh"] != before


async def test_a_cookie_that_was_copied_ends_the_session(
    client: httpx.AsyncClient, layer: WebLayer
) -> None:
    await client.post("/auth/signup", json=ADA)
    copied = {"cookie": f"taskwire_refresh={client.cookies['taskwire_refresh']}"}
    assert (await client.post("/auth/refresh")).status_code == 200
    async with layer.http() as thief:
        # Within the grace it could be another tab.
        assert (await thief.post("/auth/refresh", headers=copied)).status_code == 200
        layer.clock.forward(seconds=11)
        thief.cookies.clear()
        _error(await thief.post("/auth/refresh", headers=copied), 401, "UNAUTHENTICATED")
    _error(await client.post("/auth/refresh"), 401, "UNAUTHENTICATED")


async def test_signing_out_ends_the_session_and_takes_the_cookie(
    client: httpx.AsyncClient,
) -> None:
    await client.post("/auth/signup", json=ADA)
    kept = {"cookie": f"taskwire_refresh={client.cookies['taskwire_refresh']}"}
    response = await client.post("/auth/logout")
    assert response.status_code == 200
    assert "taskwire_refresh" not in client.cookies
    _error(await client.post("/auth/refresh", headers=kept), 401, "UNAUTHENTICATED")
    assert (await client.post("/auth/logout")).status_code == 200


@pytest.mark.parametrize("cookie", ["", "taskwire_refresh=", "taskwire_refresh=nonsense"])
async def test_without_a_good_cookie_nobody_is_signed_in(
    client: httpx.AsyncClient, cookie: str
) -> None:
    response = await client.post("/auth/refresh", headers={"cookie": cookie})
    _error(response, 401, "UNAUTHENTICATED")


async def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    client: httpx.AsyncClient,
) -> None:
    await client.post("/auth/signup", json=ADA)
    wrong = await client.post("/auth/login", json={**LOGIN, "password": "wrong password"})
    unknown = await client.post("/auth/login", json={**LOGIN, "email": "bob@example.com"})
    _error(wrong, 401, "INVALID_CREDENTIALS")
    assert wrong.text == unknown.text
    assert wrong.status_code == unknown.status_code
    assert "set-cookie" not in wrong.headers


async def test_guessing_is_stopped_and_told_when_to_try_again(
    client: httpx.AsyncClient,
) -> None:
    await client.post("/auth/signup", json=ADA)
    for _ in range(FAILURES_PER_EMAIL):
        response = await client.post("/auth/login", json={**LOGIN, "password": "wrong password"})
        _error(response, 401, "INVALID_CREDENTIALS")
    response = await client.post("/auth/login", json=LOGIN)
    _error(response, 429, "RATE_LIMITED")
    assert 0 < int(response.headers["retry-after"]) <= 301


async def test_a_taken_address_is_a_conflict_on_its_field(client: httpx.AsyncClient) -> None:
    await client.post("/auth/signup", json=ADA)
    response = await client.post("/auth/signup", json={**ADA, "email": "ADA@example.com"})
    assert set(_error(response, 409, "ALREADY_EXISTS")) == {"email"}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"email": "nonsense"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "ü" * 40}, "password"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": None}, "name"),
        ({"email": 1}, "email"),
        ({"password": ["correct horse"]}, "password"),
        ({"password": {}}, "password"),
    ],
)
async def test_a_field_out_of_bounds_is_named(
    client: httpx.AsyncClient, changed: dict[str, object], field: str
) -> None:
    response = await client.post("/auth/signup", json={**ADA, **changed})
    assert set(_error(response, 400, "INVALID_INPUT")) == {field}


async def test_all_missing_fields_are_named(client: httpx.AsyncClient) -> None:
    response = await client.post("/auth/login", json={})
    assert set(_error(response, 400, "INVALID_INPUT")) == {"email", "password"}


@pytest.mark.parametrize("password", ["", "x" * 5_000, "a\x00b"])
async def test_no_password_breaks_signing_in(client: httpx.AsyncClient, password: str) -> None:
    response = await client.post("/auth/login", json={**LOGIN, "password": password})
    _error(response, 401, "INVALID_CREDENTIALS")


@pytest.mark.parametrize("path", ["/auth/signup", "/auth/login"])
@pytest.mark.parametrize(
    "body", [b"", b"1", b"null", b"[]", b'"x"', b"{", b"\xff", b"[" * 3_000, b'{"email":"\\ud800"}']
)
async def test_a_malformed_body_is_a_bad_request(
    away: httpx.AsyncClient, path: str, body: bytes
) -> None:
    headers = {"content-type": "application/json"}
    _error(await away.post(path, content=body, headers=headers), 400, "INVALID_INPUT")


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
async def test_forms_of_other_sites_are_refused(
    away: httpx.AsyncClient, path: str, content_type: str
) -> None:
    headers = {"content-type": content_type}
    response = await away.post(path, content=b'{"email":"x"}', headers=headers)
    _error(response, 415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("path", ["/auth/signup", "/auth/login"])
async def test_an_oversized_body_is_refused(away: httpx.AsyncClient, path: str) -> None:
    response = await away.post(path, json={"email": "x" * 20_000})
    _error(response, 413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://taskwire.test.evil"])
async def test_pages_of_other_origins_are_refused(
    away: httpx.AsyncClient, path: str, origin: str
) -> None:
    _error(await away.post(path, json=ADA, headers={"origin": origin}), 403, "FORBIDDEN")


@pytest.mark.parametrize("origin", ["http://taskwire.test", "https://tasks.example"])
async def test_pages_of_this_host_and_of_allowed_origins_may_sign_in(
    client: httpx.AsyncClient, origin: str
) -> None:
    response = await client.post("/auth/signup", json=ADA, headers={"origin": origin})
    assert response.status_code == 201


@pytest.mark.parametrize("path", POSTS)
async def test_only_post_is_allowed(away: httpx.AsyncClient, path: str) -> None:
    response = await away.get(path)
    _error(response, 405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "POST"


async def test_an_unknown_path_below_auth_is_not_the_client(away: httpx.AsyncClient) -> None:
    _error(await away.get("/auth/nonsense"), 404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/auth/signup", "/auth/login"])
async def test_without_postgres_the_answer_is_to_try_again(
    away: httpx.AsyncClient, path: str
) -> None:
    response = await away.post(path, json=ADA)
    _error(response, 503, "UNAVAILABLE")
    assert int(response.headers["retry-after"]) > 0


async def test_signing_in_works_without_redis(migrated_database: str) -> None:
    async with a_web_layer(migrated_database) as layer, layer.http() as client:
        assert (await client.post("/auth/signup", json=ADA)).status_code == 201
        assert (await client.post("/auth/login", json=LOGIN)).status_code == 200


async def test_the_demo_accounts_are_told_only_where_there_is_a_demo(layer: WebLayer) -> None:
    async with layer.http() as client:
        _error(await client.get("/auth/demo"), 404, "NOT_FOUND")
    layer.has_demo = True
    async with layer.http() as client:
        accounts = (await client.get("/auth/demo")).json()["accounts"]
    assert [(a["email"], a["role"], a["password"]) for a in accounts] == [
        ("owner@demo.test", "OWNER", "taskwire-demo"),
        ("member@demo.test", "MEMBER", "taskwire-demo"),
        ("viewer@demo.test", "VIEWER", "taskwire-demo"),
    ]
