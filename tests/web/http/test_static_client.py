"""The built client: its page for every view, its files with the right headers, nothing else."""

import gzip
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.web.harness import a_web_layer

INDEX = "<!doctype html><title>Taskwire</title>" + "<p>board</p>" * 200
SCRIPT = "console.log('ü');" * 200


@pytest.fixture
def built(tmp_path: Path) -> Path:
    directory = tmp_path / "dist"
    (directory / "assets").mkdir(parents=True)
    (directory / "index.html").write_text(INDEX)
    (directory / "graphiql.html").write_text("<title>GraphiQL</title>")
    (directory / "favicon.svg").write_text("<svg/>")
    (directory / "assets" / "main-abc123.js").write_text(SCRIPT)
    (directory / "assets" / "inter.woff2").write_bytes(b"\x00" * 2_000)
    (tmp_path / "secret.txt").write_text("not for you")
    (directory / "assets" / "link.txt").symlink_to(tmp_path / "secret.txt")
    return directory


@pytest.fixture
async def client(built: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with a_web_layer() as layer:
        layer.client_directory = built
        async with layer.http() as made:
            made.headers["accept-encoding"] = "identity"
            yield made


@pytest.mark.parametrize("path", ["/", "/login", "/demo/DEMO/board", "/w/%C3%BC", "/index.html"])
async def test_every_view_of_the_client_is_its_page(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(path)
    assert response.status_code == 200
    assert response.text == INDEX
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"


async def test_graphiql_has_a_page_of_its_own(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphiql")
    assert "GraphiQL" in response.text
    assert response.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("path", "media_type", "cache_control"),
    [
        ("/assets/main-abc123.js", "text/javascript; charset=utf-8", "immutable"),
        ("/assets/inter.woff2", "font/woff2", "immutable"),
        ("/favicon.svg", "image/svg+xml", "no-cache"),
    ],
)
async def test_files_have_their_type_and_as_long_a_life_as_their_name(
    client: httpx.AsyncClient, path: str, media_type: str, cache_control: str
) -> None:
    response = await client.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == media_type
    assert cache_control in response.headers["cache-control"]


async def test_text_is_compressed_for_those_who_take_it(client: httpx.AsyncClient) -> None:
    request = client.build_request(
        "GET", "/assets/main-abc123.js", headers={"accept-encoding": "br;q=1, gzip;q=0.8"}
    )
    response = await client.send(request, stream=True)
    raw = b"".join([chunk async for chunk in response.aiter_raw()])
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["vary"] == "accept-encoding"
    assert gzip.decompress(raw).decode() == SCRIPT
    assert int(response.headers["content-length"]) == len(raw) < len(SCRIPT) / 5


@pytest.mark.parametrize("accepted", ["identity", "br", "gzip;q=0", ""])
async def test_others_get_it_as_it_is(client: httpx.AsyncClient, accepted: str) -> None:
    response = await client.get("/assets/main-abc123.js", headers={"accept-encoding": accepted})
    assert "content-encoding" not in response.headers
    assert response.text == SCRIPT


async def test_compressed_files_stay_as_they_are(client: httpx.AsyncClient) -> None:
    response = await client.get("/assets/inter.woff2", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in response.headers


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_what_the_browser_has_is_not_sent_again(
    client: httpx.AsyncClient, encoding: str
) -> None:
    headers = {"accept-encoding": encoding}
    etag = (await client.get("/", headers=headers)).headers["etag"]
    response = await client.get("/", headers={**headers, "if-none-match": f'"other", {etag}'})
    assert response.status_code == 304
    assert response.content == b""
    changed = await client.get("/", headers={**headers, "if-none-match": '"other"'})
    assert changed.status_code == 200


async def test_a_new_build_is_served_at_once(client: httpx.AsyncClient, built: Path) -> None:
    await client.get("/")
    (built / "index.html").write_text("<title>New</title>")
    os.utime(built / "index.html", ns=(1, 1))
    assert (await client.get("/")).text == "<title>New</title>"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/gone-123.js",
        "/assets/",
        "/assets",
        "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/link.txt",
        "/assets/a%00b.js",
        "/a%00b.txt",
        "/..%5csecret.txt",
        "/robots.txt",
        "/wp-login.php",
        "/" + "x" * 5_000 + ".js",
    ],
)
async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(path)
    assert response.status_code in {404, 200}
    assert "not for you" not in response.text
    assert (response.status_code == 404) is (path != "/assets")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_only_reading_is_allowed(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD"


async def test_head_has_the_headers_of_get(client: httpx.AsyncClient) -> None:
    response = await client.head("/assets/main-abc123.js")
    assert response.status_code == 200
    assert int(response.headers["content-length"]) == len(SCRIPT.encode())


@pytest.mark.parametrize("path", ["/", "/graphiql", "/demo/board"])
async def test_an_unbuilt_client_says_what_to_do(path: str) -> None:
    async with a_web_layer() as layer, layer.http() as client:
        response = await client.get(path)
    assert response.status_code == 503
    assert "make run" in response.text
