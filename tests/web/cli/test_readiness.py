"""`taskwire doctor --url`: a process of a running deployment, as it sees itself."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from web.cli.readiness import NoReadiness, read_readiness


@contextmanager
def _answering(status: int, body: bytes) -> Iterator[str]:
    """The address of a process whose /readyz answers so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/readyz"
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_it_tells_each_dependency_of_a_process_that_is_ready() -> None:
    dependencies = {"postgres": {"status": "up"}, "redis": {"status": "up"}}
    body = json.dumps({"status": "ready", "dependencies": dependencies}).encode()
    with _answering(200, body) as url:
        readiness = read_readiness(f"{url}/")
    assert readiness.is_good
    assert str(readiness) == "ready: postgres up, redis up"


def test_it_tells_why_a_process_is_not_ready() -> None:
    dependencies = {"kafka": {"status": "down", "reason": "timeout"}}
    body = json.dumps({"status": "unready", "dependencies": dependencies}).encode()
    with _answering(503, body) as url:
        readiness = read_readiness(url)
    assert not readiness.is_good
    assert str(readiness) == "unready: kafka down timeout"


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"status": "ready"}', b"\xff"])
def test_somebody_else_at_the_address_is_told_apart(body: bytes) -> None:
    with _answering(200, body) as url, pytest.raises(NoReadiness, match="not answered by Taskwire"):
        read_readiness(url)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "file:///etc", "nowhere"])
def test_an_address_without_a_process_is_no_readiness(address: str) -> None:
    with pytest.raises(NoReadiness):
        read_readiness(address)
