"""Serves the metrics of stand-ins, as prometheus-client does, but from one thread.

Coverage knows each thread's greenlets, and Python 3.11 may hang where one measured thread ends
while another's greenlets are let go. A thread for each scrape would try it a thousand times.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

from infra.embedded.ports import LOOPBACK


class _QuietHandler(WSGIRequestHandler):
    # A client may open connections in reserve, which must not keep the others waiting.
    timeout = 1

    def handle(self) -> None:
        """Answer, unless nothing is asked."""
        with suppress(TimeoutError):
            super().handle()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing of scrapes."""


@contextmanager
def metrics_served(registry: CollectorRegistry, port: int) -> Iterator[Callable[[], None]]:
    """Serve /metrics until the block ends, or until what it yields is called."""
    server = make_server(LOOPBACK, port, make_wsgi_app(registry), handler_class=_QuietHandler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    with ExitStack() as stack:
        stack.callback(thread.join)
        stack.callback(server.server_close)
        stack.callback(server.shutdown)
        yield stack.close
