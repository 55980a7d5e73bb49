"""Takes what Alertmanager delivers, as Slack's incoming webhooks do."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Lock, Thread
from typing import Any


class Receiver(HTTPServer):
    """Keeps each delivery under the name of the receiver it was meant for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._lock = Lock()
        self._deliveries: list[tuple[str, dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def keep(self, name: str, body: dict[str, Any]) -> None:
        with self._lock:
            self._deliveries.append((name, body))

    def delivered(self, name: str) -> list[dict[str, Any]]:
        """The bodies delivered to one receiver so far."""
        with self._lock:
            return [body for receiver, body in self._deliveries if receiver == name]

    def messages(self, name: str, title: str) -> list[dict[str, Any]]:
        """The Slack messages of one receiver whose title contains the text."""
        attachments = [body["attachments"][0] for body in self.delivered(name)]
        return [message for message in attachments if title in message["title"]]


class _Handler(BaseHTTPRequestHandler):
    # Alertmanager opens connections in reserve, which must not keep the others waiting.
    timeout = 1

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        assert isinstance(self.server, Receiver)
        self.server.keep(self.path.strip("/"), body)
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: the test tells what was delivered."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Serve on a free port of the loopback interface."""
    with Receiver() as receiver:
        thread = Thread(target=receiver.serve_forever)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.shutdown()
            thread.join()
