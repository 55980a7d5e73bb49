"""A collector of traces for tests: OTLP over HTTP, kept in memory."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedSpan:
    """One span, with the service that made it."""

    service: str
    span: Span

    @property
    def name(self) -> str:
        return str(self.span.name)

    @property
    def trace_id(self) -> str:
        return str(self.span.trace_id.hex())

    @property
    def span_id(self) -> str:
        return str(self.span.span_id.hex())

    @property
    def parent_id(self) -> str:
        return str(self.span.parent_span_id.hex())


class OtlpReceiver:
    """What has been sent so far."""

    def __init__(self) -> None:
        self._spans: list[ReceivedSpan] = []
        self._has_news = threading.Condition()
        self.url = ""

    def take(self, body: bytes) -> None:
        """Keep the spans of one request."""
        request = ExportTraceServiceRequest.FromString(body)
        spans = [
            ReceivedSpan(service=_service(resource_spans), span=span)
            for resource_spans in request.resource_spans
            for scope_spans in resource_spans.scope_spans
            for span in scope_spans.spans
        ]
        with self._has_news:
            self._spans.extend(spans)
            self._has_news.notify_all()

    def trace(self, trace_id: str) -> list[ReceivedSpan]:
        """The spans of one trace."""
        with self._has_news:
            return [span for span in self._spans if span.trace_id == trace_id]

    def wait_for_trace(
        self, trace_id: str, is_whole: Callable[[Sequence[ReceivedSpan]], bool], seconds: float
    ) -> list[ReceivedSpan]:
        """The spans of the trace as soon as it is whole, or those there are when time is over."""
        with self._has_news:
            self._has_news.wait_for(
                lambda: is_whole([span for span in self._spans if span.trace_id == trace_id]),
                timeout=seconds,
            )
        return self.trace(trace_id)


@contextmanager
def otlp_receiver(*, keeps: bool = True) -> Iterator[OtlpReceiver]:
    """A receiver on a port of its own while the context is open; one may forget what it takes."""
    receiver = OtlpReceiver()

    class Handler(BaseHTTPRequestHandler):
        # A connection in reserve must not keep the others waiting.
        timeout = 1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if keeps:
                receiver.take(body)
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _service(resource_spans: object) -> str:
    attributes = resource_spans.resource.attributes  # type: ignore[attr-defined]
    return next(str(a.value.string_value) for a in attributes if a.key == "service.name")
